"""Learned run times: workers that learn at once lose nothing."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from blocks import run_times
from blocks.object_store import LocalFolder
from blocks.run_times import PLACE, SINGLE, add_run_times, read_run_times
from qorum.routing.runtimes import RECENT, BatchLoad, Observation, RuntimeModel

MOST_OBJECTS = 12
"""Records that are kept before they are joined; more in earnest, which takes longer."""


def observation(backend: str, seconds: float) -> Observation:
    return Observation(BatchLoad(backend, "cpu", 1.0, 10.0, 100.0, 0.0, 1000.0), seconds)


def test_of_many_workers_at_once_every_one_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(run_times, "MOST_OBJECTS", MOST_OBJECTS)
    store = LocalFolder(path=tmp_path)
    names = [f"backend-{number}" for number in range(3 * MOST_OBJECTS)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(lambda name: add_run_times([observation(name, 1.5)], store), names))
    assert {seen.workload.backend for seen in read_run_times(store).observations} == {*names}
    add_run_times([observation("last", 2.0)], store)
    assert len(store.list(PLACE)) < MOST_OBJECTS


def test_the_latest_runs_count_and_those_of_an_earlier_release_are_read(tmp_path: Path):
    store = LocalFolder(path=tmp_path)
    old = RuntimeModel.fit([observation("aer", 9.0)])
    store.put(SINGLE, json.dumps(old.to_json()).encode())
    for start in range(0, RECENT + 3, 29):
        numbers = range(start, min(start + 29, RECENT + 3))
        add_run_times([observation("aer", 1.0 + number) for number in numbers], store)
    seen = [each.seconds for each in read_run_times(store).observations]
    assert seen == [1.0 + number for number in range(3, RECENT + 3)]
    kept = store.list(PLACE)
    add_run_times([], store)
    add_run_times([observation("aer", 1.0 + number) for number in numbers], store)
    assert store.list(PLACE) == kept, "what is known already teaches nothing"
