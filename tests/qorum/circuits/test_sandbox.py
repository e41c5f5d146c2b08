"""The sandbox: one bad item never costs more than itself."""

from __future__ import annotations

import asyncio
import ctypes
import os
import threading
import time
from pathlib import Path

import pytest
from qiskit import qasm2

from qorum.circuits.sandbox import ItemKilled, Sandbox, shared
from qorum.errors import CircuitRejected, InputRejected


def treat(item: str) -> str:
    """What each item asks for."""
    if item == "hang":
        while True:
            pass
    if item == "abort":
        os.abort()
    if item == "exit":
        os._exit(3)
    if item == "segfault":
        ctypes.string_at(0)
    if item == "fill memory":
        return str(len(bytearray(3 << 30)))
    if item == "panic":
        qasm2.loads("OPENQASM 2.0; qreg q[1180591620717411303424];")
    if item == "reject":
        raise CircuitRejected("bell", "no such gate", 7)
    if item == "unexpected":
        raise KeyError("bell")
    if item == "unpicklable":
        return threading.Lock()  # type: ignore[return-value]
    return item.upper()


def pid_after(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def pid_unless_hanging(item: str) -> int:
    treat(item)
    return os.getpid()


def children() -> set[str]:
    return {
        child
        for task in Path("/proc/self/task").iterdir()
        for child in (task / "children").read_text().split()
    }


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(2) as pool:
        yield pool


def test_results_come_in_the_order_of_the_items(sandbox):
    items = [f"item {index}" for index in range(300)]
    assert sandbox.map(treat, items) == [item.upper() for item in items]


def test_no_items_no_results(sandbox):
    assert sandbox.map(treat, []) == []


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("hang", "not done after 0.5 s"),
        ("abort", "SIGABRT"),
        ("exit", "exit status 3"),
        ("segfault", "SIGSEGV"),
        ("fill memory", "1.5 GiB"),
        ("panic", "PanicException"),
        ("unexpected", "KeyError: 'bell'"),
        ("unpicklable", "cannot pickle"),
    ],
)
def test_a_bad_item_fails_alone_and_says_why(sandbox, item, words):
    items = [f"a{index}" for index in range(20)] + [item] + [f"b{index}" for index in range(20)]
    outcomes = sandbox.map(treat, items, seconds=0.5)
    assert isinstance(outcomes[20], ItemKilled)
    assert words in outcomes[20].reason
    assert [outcome for outcome in outcomes if outcome is not outcomes[20]] == [
        name.upper() for name in items if name != item
    ]


def test_a_rejection_passes_with_its_fields(sandbox):
    (outcome,) = sandbox.map(treat, ["reject"])
    assert isinstance(outcome, InputRejected)
    assert (outcome.source, outcome.reason, outcome.line) == ("bell", "no such gate", 7)


def test_a_hanging_item_costs_one_child_whatever_its_neighbours():
    with Sandbox(1) as pool:
        outcomes = pool.map(pid_unless_hanging, ["a"] * 15 + ["hang"] + ["b"] * 15, seconds=3.0)
    assert isinstance(outcomes[15], ItemKilled)
    # One until it, one for the rest: the chunk is not halved, and its time not spent for each half.
    assert len({pid for pid in outcomes if isinstance(pid, int)}) == 2
    assert [isinstance(pid, int) for pid in outcomes].count(True) == 30


def test_every_finished_item_is_reported_once(sandbox):
    seen: list[int] = []
    sandbox.map(treat, ["a", "abort", "b", "c"], on_progress=seen.append)
    assert seen == [1, 2, 3, 4]


def test_items_are_worked_on_by_several_processes(sandbox):
    pids: set[int] = set()
    for _ in range(20):  # the second one may still be starting
        pids |= set(sandbox.map(pid_after, [0.1] * 20))
        if len(pids) > 1:
            break
    assert len(pids) == 2


def test_a_child_that_died_while_idle_is_replaced():
    with Sandbox(1) as pool:
        (pid,) = pool.map(pid_after, [0.0])
        os.kill(pid, 9)
        (other,) = pool.map(pid_after, [0.0])
    assert other != pid


def test_a_function_that_children_cannot_import_is_refused(sandbox):
    with pytest.raises(ValueError, match="top of an importable module"):
        sandbox.map(lambda item: item, ["a"])


def test_an_interrupted_call_leaves_the_sandbox_usable(sandbox):
    def stop(done: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        sandbox.map(treat, ["a"] * 50, on_progress=stop)
    assert sandbox.map(treat, ["a", "b"]) == ["A", "B"]


def test_closing_leaves_no_process_and_no_thread():
    processes, threads = children(), threading.active_count()
    pool = Sandbox(2)
    pool.map(treat, ["a", "hang", "b", "c"], seconds=0.2)
    assert children() - processes
    pool.close()
    assert children() == processes
    assert threading.active_count() == threads


async def test_the_shared_sandbox_works_beside_an_event_loop():
    one, other = await asyncio.gather(
        asyncio.to_thread(shared().map, treat, ["a", "b"]), asyncio.to_thread(shared().map, treat, ["c"])
    )
    assert (one, other) == (["A", "B"], ["C"])
    assert shared() is shared()
