"""The mutator makes each kind of fault, one at a time; the runner tells faults that are found from others."""

from __future__ import annotations

import ast

import pytest

from benchmarks._mutant_runs import ROOT, Runner
from benchmarks._mutants_equivalent import EQUIVALENT, reason_of
from benchmarks._mutating import mutants
from benchmarks.mutants import ROOMS


def changes(source: str) -> list[tuple[str, str]]:
    return [(mutant.before, mutant.after) for mutant in mutants(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", [("a < b", "a <= b"), ("a < b", "a >= b")]),
        ("a is None", [("a is None", "a is not None")]),
        ("a <= b < c", [("a <= b < c", new) for new in ("a < b < c", "a <= b <= c", "not a <= b < c")]),
        ("a - b", [("a - b", "a + b")]),
        ("a ** b", [("a ** b", "a * b")]),
        ("a and b", [("a and b", "a or b"), ("a and b", "not (a and b)")]),
        ("not a", [("not a", "a")]),
        ("-a", [("-a", "a")]),
        ("2", [("2", "3")]),
        ("True", [("True", "False")]),
        ("min(a, b)", [("min(a, b)", "max(a, b)")]),
        ("x = np.argmax(a)", [("np.argmax(a)", "np.argmin(a)")]),
        ("a += b", [("a += b", "a -= b")]),
        ("f(a)", [("f(a)", "pass")]),
        ("raise E", [("raise E", "pass")]),
        ("b if a else c", [("a", "not a")]),
        ("[a for a in b if a]", [("a", "not a")]),
        ("def f():\n    return a", [("return a", "return None")]),
        ("for a in b:\n    continue", [("continue", "break")]),
    ],
)  # fmt: skip
def test_each_kind_of_fault_is_made(source: str, expected: list[tuple[str, str]]):
    made = changes(source)
    assert made[: len(expected)] == expected or set(expected) <= set(made)


@pytest.mark.parametrize(
    "source",
    ["'text'", "f'{a + 1}'", "def f(a: 1 < 2) -> 3: ...", "@d(1)\ndef f(): ...", "def f():\n    return None"],
)
def test_texts_annotations_and_decorators_are_left_alone(source: str):
    assert changes(source) == []


def test_a_mutant_is_one_fault_in_a_whole_module_with_its_place():
    source = "class A:\n    def f(self):\n        x = 1\n        return x < 2\n"
    found = mutants(source)
    assert [(mutant.place, mutant.line) for mutant in found] == [("A.f", 3)] + [("A.f", 4)] * 4
    assert len({mutant.source for mutant in found}) == len(found)
    for mutant in found:
        ast.parse(mutant.source)


def test_every_mutant_that_is_called_equivalent_is_one_of_its_file():
    files = {room.file for room in ROOMS}
    for file, place, before, after in EQUIVALENT:
        assert file in files
        assert (place, before, after) in {
            (mutant.place, mutant.before, mutant.after) for mutant in mutants((ROOT / file).read_text())
        }


def test_every_room_and_its_tests_exist():
    for room in ROOMS:
        assert all((ROOT / file).is_file() for file in (room.file, *room.tests))


def test_a_fault_is_found_in_the_copy_and_the_tree_stays_as_it_is():
    file, tests = "qorum/backends.py", ["tests/qorum/test_seeds.py"]
    source = (ROOT / file).read_text()
    faulty = next(m for m in mutants(source) if m.place == "derive_seed" and m.before.endswith(">> 1"))
    endless = source.replace('    text = "', '    while True:\n        pass\n    text = "')
    assert reason_of(file, faulty) == ""
    with Runner() as runner:
        assert runner.run(file, source, tests, timeout=120)[0] == "survived"
        assert runner.run(file, faulty.source, tests, timeout=120)[0] == "killed"
        assert runner.run(file, endless, tests, timeout=5)[0] == "timeout"
        assert runner.run(file, source, tests, timeout=120)[0] == "survived"
        with pytest.raises(RuntimeError, match="expected to run"):
            runner.run(file, source, ["tests/qorum/no_such_test.py"], timeout=120)
        assert (runner.root / file).read_text() == source
    assert (ROOT / file).read_text() == source
    assert not runner.root.exists()
