"""How flow runs of trainings are called."""

from prefect.runtime import flow_run


def name_training() -> str:
    """The training's id where it is given, else the experiment and the flow run."""
    asked = flow_run.parameters
    return asked.get("training_id") or f"{asked.get('experiment', 'training')}-{flow_run.id[:8]}"
