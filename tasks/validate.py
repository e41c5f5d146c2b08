"""Circuits in: texts, templates and store keys become accepted circuits, or say why not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.logging import get_run_logger

from blocks.circuits.references import fetch
from blocks.interruption import in_thread, stop_sandbox
from blocks.object_store import ObjectStore
from qorum.circuits.accepted import AcceptedCircuit, decode, encode, text_key
from qorum.circuits.intake import accept_batch
from qorum.circuits.library import accept_template
from qorum.circuits.reading import Inputs
from qorum.circuits.sandbox import shared
from qorum.errors import CircuitRejected, InputRejected, QorumError
from qorum.runs.experiments import Definition
from qorum.runs.stages import Intake
from tasks.progress import Progress

NOT_THERE = (
    "OpenQASM text, template:NAME?parameter=value or a key in {} expected, found {!r}, which is none of "
    "them; correct it, or store the circuit there"
)

Found = AcceptedCircuit | InputRejected


@task(cache_policy=NO_CACHE, task_run_name="validate {definition.experiment_id}")
async def validate(definition: Definition, store: ObjectStore) -> Intake:
    """Read every circuit of the experiment; a bad one is a finding, never the end of the run."""
    async with Progress("validate", len(definition.circuits)) as advance:
        intake = await in_thread(stop_sandbox, _read_all, definition, store, advance)
    await asyncio.to_thread(_keep, intake, definition.experiment_id, store)
    _tell(intake)
    return intake


def _read_all(definition: Definition, store: ObjectStore, advance: Callable[[int], None]) -> Intake:
    circuits = definition.circuits
    found: dict[str, Found] = {}
    texts = {circuit.name: circuit.source for circuit in circuits if circuit.kind == "text"}
    stored = {circuit.name: circuit.source for circuit in circuits if circuit.kind == "key"}
    objects = store.get_many([key for key in stored.values() if store.is_key(key)])
    for name, key in stored.items():
        if key not in objects:
            found[name] = CircuitRejected(name, NOT_THERE.format(store.url, key[:100]))
    bodies = {**texts, **{name: objects[key] for name, key in stored.items() if key in objects}}
    found.update(_accept(bodies, definition.options.inputs, store, advance))
    objects_given = {circuit.name: circuit.source for circuit in circuits if circuit.kind == "object"}
    found.update(fetch(objects_given, store))
    templates = [(circuit.name, circuit.source) for circuit in circuits if circuit.kind == "template"]
    found.update((name, _from_template(reference)) for name, reference in templates)
    return Intake({circuit.name: found[circuit.name] for circuit in circuits})


def _accept(
    bodies: Mapping[str, str | bytes],
    inputs: Inputs,
    store: ObjectStore,
    advance: Callable[[int], None],
) -> dict[str, Found]:
    """Texts that were accepted before are not read again: what they were read as is in the store."""
    keys = {name: text_key(text, inputs) for name, text in bodies.items()}
    stored = store.get_many({f"accepted/{key}" for key in keys.values()})
    known: dict[str, Found] = {}
    for name, key in keys.items():
        if found := stored.get(f"accepted/{key}"):
            try:
                known[name] = decode(found, key).called(name)
            except QorumError as error:
                get_run_logger().warning("%s is read again: %s", name, error)
    unread = [(name, text) for name, text in bodies.items() if name not in known]
    read = accept_batch(unread, shared(), advance, inputs=inputs)
    fresh = dict(zip((name for name, _ in unread), read, strict=True))
    store.put_cache(
        {
            f"accepted/{keys[name]}": encode(circuit, keys[name])
            for name, circuit in fresh.items()
            if isinstance(circuit, AcceptedCircuit)
        }
    )
    return {**known, **fresh}


def _from_template(reference: str) -> Found:
    try:
        return accept_template(reference)
    except InputRejected as rejected:
        return rejected


def _keep(intake: Intake, experiment_id: str, store: ObjectStore) -> None:
    place = f"experiments/{experiment_id}"
    sources = {
        f"{place}/circuits/{digest}.qasm": circuit.spec.source.encode()
        for digest, circuit in intake.accepted.items()
    }
    metadata = {name: _describe(circuit) for name, circuit in intake.found.items()}
    store.put_many({**sources, f"{place}/metadata.json": json.dumps(metadata, indent=1).encode()})


def _describe(circuit: Found) -> dict[str, object]:
    if isinstance(circuit, InputRejected):
        return {"rejected": circuit.reason, "line": circuit.line}
    return {name: value for name, value in vars(circuit.spec).items() if name != "source"}


def _tell(intake: Intake) -> None:
    logger = get_run_logger()
    for name, circuit in intake.found.items():
        if isinstance(circuit, InputRejected):
            logger.warning("%s is rejected: %s", name, circuit)
        else:
            dispute = circuit.spec.disputed_reading
            for warning in (*circuit.spec.warnings, *([dispute] if dispute else [])):
                logger.warning("%s: %s", name, warning)
    logger.info("%d of %d circuits accepted", len(intake.accepted), len(intake.found))
