"""The Prefect and MLflow UIs as a user sees them, in headless Chromium."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.processes import ROOT, wait_until
from tests.servers.browser import RunForm, close_assistant, new_page, require_chromium
from tests.servers.conftest import Installation

pytestmark = [pytest.mark.server, pytest.mark.timeout(600)]

EXPERIMENT_ID = "from-the-form"
CIRCUITS = ["template:grover?marked=1011", "template:w?num_qubits=4"]
TITLES = [
    *("Run Name", "Circuits", "Shots", "Replicas", "Confidence", "Backends", "Objective", "Budget (USD)"),
    *(
        "Oldest calibration (hours)",
        "Optimization level",
        "Seed",
        "Inputs",
        "Experiment",
        "Experiment id",
        "Tags",
        "Dispatch",
    ),
]
FINAL = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED")


@pytest.fixture(scope="session", autouse=True)
def chromium() -> None:
    require_chromium()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with new_page() as page:
        yield page


@pytest.fixture(scope="module")
def picture(page: Page, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, int], None]:
    """Takes `name.png` of the page, as high as told; into `docs/images` if QORUM_UPDATE_IMAGES=1."""
    update = os.environ.get("QORUM_UPDATE_IMAGES") == "1"
    folder = ROOT / "docs/images" if update else tmp_path_factory.mktemp("images")

    def take(name: str, height: int) -> None:
        page.set_viewport_size({"width": 1280, "height": height})
        page.wait_for_timeout(1000)  # for what moves into place
        page.screenshot(path=folder / f"{name}.png")

    return take


@pytest.fixture(scope="module")
def deployment_id(installation: Installation) -> str:
    return installation.api("GET", "/deployments/name/run-circuits/default")["id"]


@pytest.fixture(scope="module")
def run(
    installation: Installation, page: Page, deployment_id: str, picture: Callable[[str, int], None]
) -> dict[str, Any]:
    """The run that was filled in and submitted in the form, once it has ended."""
    form = RunForm(page, installation.prefect, deployment_id)
    form.fill_list("Circuits", CIRCUITS)
    form.fill("Shots", "2048")
    form.fill("Experiment id", EXPERIMENT_ID)
    form.fill_list("Tags", ["from-the-ui"])
    picture("run-form", 2250)
    form.submit()
    found: list[dict[str, Any]] = []

    def ended() -> bool:
        found[:] = [
            run
            for run in runs(installation, deployment_id)
            if run["parameters"].get("experiment_id") == EXPERIMENT_ID
        ]
        return any(run["state"]["type"] in FINAL for run in found)

    wait_until(ended, 450, installation.story)
    assert len(found) == 1, "one press, one run"
    return found[0]


@pytest.fixture(scope="module")
def artifacts(installation: Installation, run: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The run's artifacts by key."""
    wanted = {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}}
    return {found["key"]: found for found in installation.api("POST", "/artifacts/filter", wanted)}


def runs(installation: Installation, deployment_id: str) -> list[dict[str, Any]]:
    wanted = {"flow_runs": {"deployment_id": {"any_": [deployment_id]}}}
    return installation.api("POST", "/flow_runs/filter", wanted)


def test_every_field_of_the_form_has_a_title_and_help_and_bounds_are_held(
    installation: Installation, page: Page, deployment_id: str
):
    form = RunForm(page, installation.prefect, deployment_id)
    assert form.titles()[: len(TITLES)] == TITLES
    for title in TITLES[1:]:
        assert len(form.help(title)) > 15, title
    assert "1 to 1,000,000" in form.help("Shots")
    before = len(runs(installation, deployment_id))
    form.fill("Shots", "0")
    form.submit()
    expect(page.get_by_text("'shots'. Failure reason: 0 is less than the minimum of 1").first).to_be_visible()
    assert len(runs(installation, deployment_id)) == before


def test_a_run_filled_in_and_started_in_the_ui_completes_and_agrees(
    installation: Installation, run: dict[str, Any]
):
    assert run["state"]["type"] == "COMPLETED", run["state"]["message"]
    assert run["state"]["name"] == "Agreed"
    assert run["state"]["message"].startswith(f"{EXPERIMENT_ID}, 2 circuits: 2 agreed")
    typed = {"circuits": CIRCUITS, "shots": 2048, "tags": ["from-the-ui"]}
    assert {name: run["parameters"][name] for name in typed} == typed
    place = Path(installation.environment["QORUM_HOME"]) / f"store/results/{EXPERIMENT_ID}/report.json"
    report = json.loads(place.read_text())
    assert [circuit["status"] for circuit in report["circuits"]] == ["agreed", "agreed"]
    assert all(len(circuit["accepted"]) == 3 for circuit in report["circuits"])
    assert {replica["backend"] for replica in report["circuits"][0]["replicas"]} == set(
        report["circuits"][0]["accepted"]
    )
    assert report["circuits"][0]["distribution"]["1011"] > 0.9


def test_the_run_page_leads_to_the_report_the_routing_and_mlflow(
    installation: Installation, page: Page, run: dict[str, Any], picture: Callable[[str, int], None]
):
    page.goto(f"{installation.prefect}/runs/flow-run/{run['id']}")
    page.get_by_text("Artifacts", exact=True).click()
    for key, description in {
        "consensus": "2 circuits: 2 agreed",
        "routing": "Candidates of 2 circuits ranked by fidelity",
        "mlflow": "The MLflow run",
    }.items():
        expect(page.get_by_text(key, exact=True).first).to_be_visible()
        expect(page.get_by_text(description).first).to_be_visible()
    picture("run-page", 1200)


def test_the_consensus_report_shows_verdicts_outcomes_backends_and_histograms(
    installation: Installation,
    page: Page,
    artifacts: dict[str, dict[str, Any]],
    picture: Callable[[str, int], None],
):
    page.goto(f"{installation.prefect}/artifacts/artifact/{artifacts['consensus']['id']}")
    row = page.get_by_role("row").filter(has_text="grover?marked=1011")
    expect(row).to_contain_text("✓ agreed")
    expect(row).to_contain_text(re.compile(r"1011 *0\.9\d\d ± 0\.00\d"))
    expect(page.get_by_text("it measures agreement, not accuracy")).to_be_visible()
    histograms = page.get_by_role("img", name="Histogram of")
    expect(histograms).to_have_count(2)
    expect(histograms.first).to_have_js_property("complete", True)
    assert histograms.first.evaluate("image => image.naturalWidth") > 300
    picture("consensus-report", 1650)


def test_the_routing_table_shows_each_candidate_with_its_scores(
    installation: Installation,
    page: Page,
    artifacts: dict[str, dict[str, Any]],
    picture: Callable[[str, int], None],
):
    page.goto(f"{installation.prefect}/artifacts/artifact/{artifacts['routing']['id']}")
    table = page.get_by_role("table")
    for heading in ("circuit", "backend", "decision", "fidelity", "seconds", "cost USD", "reason"):
        expect(table.get_by_role("columnheader", name=heading)).to_be_visible()
    expect(table.get_by_role("row").filter(has_text="chosen")).to_have_count(6)
    picture("routing-decision", 900)


def test_the_mlflow_run_shows_the_report_its_figures_and_its_plots(
    page: Page, artifacts: dict[str, dict[str, Any]], picture: Callable[[str, int], None]
):
    link = re.search(r"\((http.*)\)", artifacts["mlflow"]["data"])
    assert link, artifacts["mlflow"]
    page.goto(link[1])
    close_assistant(page)
    expect(page.get_by_role("heading", name=EXPERIMENT_ID, exact=True)).to_be_visible()
    page.get_by_text("Show more").click()
    expect(page.get_by_text("2 circuits: 2 agreed").first).to_be_visible()
    expect(page.get_by_text("circuits_per_second").first).to_be_visible()
    picture("mlflow-run", 1700)
    page.get_by_role("tab", name="Artifacts").click()
    page.get_by_text("circuits.json", exact=True).click()
    expect(page.get_by_text("grover?marked=1011").first).to_be_visible()
    page.get_by_text("plots", exact=True).click()
    page.get_by_text("histogram.png").first.click()
    expect(page.locator("img[src*='histogram'], img[src^='blob:']").first).to_be_visible()


def test_a_stores_block_is_filled_in_and_saved_with_its_secret_hidden(installation: Installation, page: Page):
    page.goto(f"{installation.prefect}/blocks/catalog/s3-object-store/create")
    page.get_by_text("Secret access key").wait_for()
    inputs = page.locator("form input, form textarea")
    typed = ["lab", "qorum-lab", "runs", "https://s3.example.org", "eu-1", "a-key-id", "a-long-secret"]
    for position, value in enumerate(typed):
        inputs.nth(position).fill(value)
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/blocks/block/**")
    expect(page.get_by_text("qorum-lab").first).to_be_visible()
    assert "a-long-secret" not in page.content()
    saved = installation.api("GET", "/block_types/slug/s3-object-store/block_documents/name/lab")
    assert saved["data"]["endpoint_url"] == "https://s3.example.org"
    assert set(saved["data"]["secret_access_key"]) == {"*"}
