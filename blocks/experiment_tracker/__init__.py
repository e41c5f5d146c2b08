"""MLflow as the record that people browse: one run for each experiment, training or benchmark."""

from blocks.experiment_tracker._run import TrackedRun
from blocks.experiment_tracker._tracker import ExperimentTracker

__all__ = ["ExperimentTracker", "TrackedRun"]
