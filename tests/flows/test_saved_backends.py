"""Backends as blocks that are saved on the Prefect server."""

from __future__ import annotations

from blocks.backends import load_backend
from blocks.backends.aer_simulator import AerSimulator


async def test_a_saved_backend_is_loaded_by_its_class_as_the_ui_says_and_by_its_reference():
    await AerSimulator(method="stabilizer").save("mine", overwrite=True)
    assert await AerSimulator.load("mine") == load_backend("block:aer-simulator/mine")
    assert (await AerSimulator.load("mine")).backend_name == "aer?method=stabilizer"
