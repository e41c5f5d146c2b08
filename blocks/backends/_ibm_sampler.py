"""Jobs of IBM's client-side Sampler: their bodies, and histograms from what they bring.

The Sampler runs here until it would send: its service is replaced by one that keeps the request. So whatever
it finds wrong is found before anything is sent, and what is sent goes out once, by our own client.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel
from qiskit import QuantumCircuit
from qiskit.circuit import ClassicalRegister

from blocks.backends._ibm_devices import Described
from blocks.backends._ibm_jobs import JobRecord
from qorum.circuits.digest import circuit_digest
from qorum.results.sampling import histogram_of

Decoupling = Literal["off", "XX", "XpXm", "XY4"]

MARK = "qorum-circuit"
"""Name of the circuit's metadata that holds its digest; the vendor returns it with the results."""

LOOSE = "qorum_loose"
"""Name of the register that holds clbits without one: results come by register."""


class RawResults(BaseModel):
    """What `fetch` brings.

    Attributes:
        job_id: whose results they are.
        record: answer to `GET /jobs/{id}`, as sent.
        results: answer to `GET /jobs/{id}/results`, as sent.
    """

    job_id: str
    record: str
    results: str


class _Versioned(BaseModel):
    schema_version: str


class _Kept:
    """Takes the place of the library's service: keeps the request that it would send."""

    is_local = False

    def __init__(self) -> None:
        self.request: Mapping[str, Any] = {}

    def _run(self, **request: Any) -> None:
        self.request = request


def job_body(
    device: Described,
    circuits: Sequence[QuantumCircuit],
    shots: int,
    token: str,
    seconds: int,
    decoupling: Decoupling,
) -> dict[str, Any]:
    """Body of `POST /jobs`.

    Args:
        device: that the circuits are compiled to.
        circuits: checked by `refuse_unfit`.
        shots: samples of each.
        token: becomes the job's tag.
        seconds: of the device, after which the vendor stops the job.
        decoupling: sequence of dynamical decoupling in idle times.

    Raises:
        ValueError: a circuit does not fit the device, or the library refuses it.
    """
    from qiskit_ibm_runtime.exceptions import IBMError
    from qiskit_ibm_runtime.executor_sampler import Sampler

    kept = _Kept()
    backend = device.backend(kept)
    options: dict[str, Any] = {"environment": {"job_tags": [token]}, "max_execution_time": seconds}
    if decoupling != "off":
        options["dynamical_decoupling"] = {"enable": True, "sequence_type": decoupling}
    try:
        for circuit in circuits:
            _refuse_misfit(circuit, backend.target)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what the library will do otherwise in future versions
            sampler: Any = Sampler(backend, options)
            sampler.run([_marked(circuit) for circuit in circuits], shots=shots)
    except IBMError as error:
        raise ValueError(error.message) from None
    environment = kept.request["options"]
    body: dict[str, Any] = {
        "program_id": kept.request["program_id"],
        "params": kept.request["inputs"],
        "log_level": environment["log_level"],
        "backend": device.name,
        "tags": environment["job_tags"],
        "cost": environment["max_execution_time"],
    }
    json.dumps(body, allow_nan=False)  # what cannot be written must be found before anything is sent
    return body


def read_results(
    raw: bytes, job_id: str, device: str, circuits: Sequence[QuantumCircuit], shots: int
) -> list[dict[str, int]]:
    """One histogram for each circuit, in the order given.

    Raises:
        ValueError: the results are damaged, of another job, or not what was asked for.
    """
    found = RawResults.model_validate_json(raw)
    record = JobRecord.model_validate_json(found.record)
    for whose in (found.job_id, record.id):
        if whose != job_id:
            raise ValueError(f"results of job {job_id} expected, found those of {whose}")
    if record.backend != device:
        raise ValueError(f"results of {device} expected, found those of {record.backend}")
    if record.kind != "done":
        raise ValueError(f"a completed job expected, found {job_id}, which is {record.state.status}")
    parts = _decoded(found.results)
    if len(parts) != len(circuits):
        raise ValueError(f"results of {len(circuits)} circuits expected, found {len(parts)}")
    return [_histogram(part, circuit, shots) for part, circuit in zip(parts, circuits, strict=True)]


def _refuse_misfit(circuit: QuantumCircuit, target: Any) -> None:
    from qiskit_ibm_runtime.exceptions import IBMInputValueError
    from qiskit_ibm_runtime.utils.validations import validate_isa_circuits

    try:
        validate_isa_circuits([circuit], target)
    except IBMInputValueError as error:
        why = error.message.split(" Circuits that do not match")[0]
        raise ValueError(f"{circuit.name}: {why} Compile it to the device's target") from None


def _marked(circuit: QuantumCircuit) -> QuantumCircuit:
    """With its digest as its only metadata, and every clbit in a register."""
    marked = circuit.copy()
    marked.metadata = {MARK: circuit_digest(circuit)}
    loose = [bit for bit in circuit.clbits if not circuit.find_bit(bit).registers]
    if loose:
        marked.add_register(ClassicalRegister(name=LOOSE, bits=loose))
    return marked


def _decoded(text: str) -> Any:
    """The library's `PrimitiveResult`, decoded without the network, and by its schema alone: the decoder for
    all programs would make any of the library's objects that the text names.

    Raises:
        ValueError: whatever it raises: a text that is cut or of another kind brings errors of many classes.
    """
    from qiskit_ibm_runtime.decoders.executor.decoder import AVAILABLE_DECODERS
    from qiskit_ibm_runtime.decoders.executor_sampler.decoder import ClientSideSamplerResultDecoder

    try:
        known = cast("Mapping[str, Any]", AVAILABLE_DECODERS)
        converted, schema = known[_Versioned.model_validate_json(text).schema_version]
        return ClientSideSamplerResultDecoder.decode(converted(schema.model_validate_json(text)))
    except Exception as error:  # noqa: BLE001 - see above
        raise ValueError(f"results of a Sampler expected: {type(error).__name__}: {error}") from None


def _histogram(part: Any, circuit: QuantumCircuit, shots: int) -> dict[str, int]:
    mark = part.metadata.get("circuit_metadata", {}).get(MARK)
    if mark != circuit_digest(circuit):
        raise ValueError(f"results of the circuit {circuit.name} expected, found those of another")
    samples = np.zeros((shots, circuit.num_clbits), dtype=np.bool_)
    for name, clbits in _registers(circuit).items():
        if name not in part.data:
            raise ValueError(f"{circuit.name}: bits of register {name} expected, found none")
        samples[:, clbits] = _bits(part.data[name], name, shots, len(clbits))
    return histogram_of(samples)


def _registers(circuit: QuantumCircuit) -> dict[str, list[int]]:
    """Clbits by the register that results name, its bit 0 first."""
    places = {
        register.name: [circuit.find_bit(bit).index for bit in register]
        for register in circuit.cregs
        if register.size
    }
    loose = [place for place, bit in enumerate(circuit.clbits) if not circuit.find_bit(bit).registers]
    return {**places, **({LOOSE: loose} if loose else {})}


def _bits(found: Any, name: str, shots: int, width: int) -> NDArray[np.bool_]:
    """[shots, width]; column i is bit i of the register."""
    if (found.shape, found.num_shots, found.num_bits) != ((), shots, width):
        seen = f"{found.num_shots} shots of {found.num_bits} bits"
        raise ValueError(f"{shots} shots of {width} bits of register {name} expected, found {seen}")
    return found.to_bool_array(order="little")
