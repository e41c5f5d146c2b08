"""Circuits into a target's native gates: from the cache, or in processes that can be ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from qiskit.transpiler import Target

from blocks.object_store import ObjectStore
from qorum.circuits.compilation import CompileItem, cache_key, compile_batch
from qorum.circuits.compiled import CompiledCircuit, decode, encode
from qorum.circuits.sandbox import shared
from qorum.errors import InputRejected, QorumError

SECONDS_EACH = 10.0
"""A circuit that takes longer to compile is given up."""


def compile_cached(
    items: Mapping[str, CompileItem],
    target: Target,
    calibration_id: str | None,
    *,
    level: int,
    seed: int,
    store: ObjectStore,
    warn: Callable[[str], None],
    on_progress: Callable[[int], None] | None = None,
    seconds: float = SECONDS_EACH,
) -> dict[str, CompiledCircuit | InputRejected]:
    """Compile to one target what the cache does not know, and keep it there.

    Args:
        items: by digest.
        target: for all of them.
        calibration_id: of the target's calibration.
        level: 0 to 3.
        seed: of the transpiler.
        store: where the cache is.
        warn: takes a line for the log.
        on_progress: called with the number of circuits compiled so far.
        seconds: that one circuit may take.
    """
    keys = {digest: cache_key(digest, target, calibration_id, level, seed) for digest in items}
    known = _cached(keys, store, warn)
    fresh = [item for digest, item in items.items() if digest not in known]
    outcomes = compile_batch(
        *(fresh, target, level, shared(), on_progress),
        seed=seed,
        calibration_id=calibration_id,
        seconds=seconds,
    )
    compiled = dict(zip((item.digest for item in fresh), outcomes, strict=True))
    store.put_cache(
        {
            f"compiled/{keys[digest]}": encode(outcome)
            for digest, outcome in compiled.items()
            if isinstance(outcome, CompiledCircuit)
        }
    )
    return {**known, **compiled}


def _cached(
    keys: Mapping[str, str], store: ObjectStore, warn: Callable[[str], None]
) -> dict[str, CompiledCircuit]:
    """What the cache has, by digest. What is damaged, another's or of another release is compiled again."""
    stored = store.get_many([f"compiled/{key}" for key in keys.values()])
    known: dict[str, CompiledCircuit] = {}
    for digest, key in keys.items():
        if found := stored.get(f"compiled/{key}"):
            try:
                known[digest] = decode(found, key)
            except QorumError as error:
                warn(f"{digest[:12]} is compiled again: {error}")
    return known
