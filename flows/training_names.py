"""How flow runs of trainings are called."""

from prefect.runtime import flow_run

from tasks.identity import name_of_run


def name_training() -> str:
    """The training's id where it is given, else the experiment and the flow run; see `name_of_run`."""
    asked = flow_run.parameters
    return name_of_run(asked.get("training_id", ""), asked.get("experiment", "training"))
