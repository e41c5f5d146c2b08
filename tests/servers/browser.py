"""A headless Chromium on the installation's pages, with the steps a user takes in the Prefect UI."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nothing from beyond this machine
)
SECONDS = 120
"""To wait for what the page shows; the server answers late while its SQLite is locked."""


def require_chromium() -> None:
    """Skip, or fail where QORUM_REQUIRE_SERVICES=1 says that nothing may be missing."""
    if CHROMIUM.exists():
        return
    reason = f"{CHROMIUM} is not installed (Debian's package `chromium`)"
    if os.environ.get("QORUM_REQUIRE_SERVICES") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def new_page() -> Iterator[Page]:
    """A page of a browser with a fresh profile."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(SECONDS * 1000)
        expect.set_options(timeout=SECONDS * 1000)
        yield page
        browser.close()


class RunForm:
    """The form of a deployment's custom run."""

    def __init__(self, page: Page, prefect: str, deployment_id: str) -> None:
        self._page = page
        page.goto(f"{prefect}/deployments/deployment/{deployment_id}/run")
        page.get_by_text("Validate parameters").wait_for()

    def titles(self) -> list[str]:
        """What stands above the inputs, in order; optional ones without the word."""
        labels = self._page.locator("form label").all_inner_texts()
        return [label.strip().removesuffix(" (Optional)") for label in labels]

    def help(self, title: str) -> str:
        """What stands between title and input."""
        return self._property(title).locator("article").inner_text()

    def fill(self, title: str, value: str) -> None:
        """Write into the one input under a title."""
        self._property(title).locator("fieldset").locator("input, textarea").fill(value)

    def fill_list(self, title: str, values: list[str]) -> None:
        """Write a list's items, adding as many as are missing."""
        inputs = self._property(title).locator("textarea")
        for position, value in enumerate(values):
            if position == inputs.count():
                self._property(title).get_by_role("button", name="Add item").click()
            inputs.nth(position).fill(value)

    def submit(self) -> None:
        """Press the button."""
        self._page.get_by_role("button", name="Submit").click()

    def _property(self, title: str) -> Locator:
        label = f"//label[.//span[normalize-space()='{title}' or normalize-space()='{title} (Optional)']]"
        return self._page.locator(f"{label}/ancestor::div[.//fieldset][1]")


def close_assistant(page: Page) -> None:
    """Close the panel that MLflow opens beside the first page of a new user."""
    page.locator("[data-component-id='mlflow.assistant.chat_panel.close']").click()
