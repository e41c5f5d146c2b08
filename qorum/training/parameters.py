"""What a training can be asked for, one type for each parameter: bounds, and the words that forms show.

Objects of other libraries are read by functions that are imported when there is one: a command's help needs
these types, and comes at once.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from qorum.parameters import MAX_SHOTS, Flag, form_field


def _hamiltonian_text(value: object) -> object:
    from qorum.training.hamiltonian_formats import hamiltonian_text

    return value if isinstance(value, str) else hamiltonian_text(value)


def _graph_text(value: object) -> object:
    from qorum.training.graphs import graph_text

    return value if isinstance(value, str) else graph_text(value)


def _ansatz_text(value: object) -> object:
    from qorum.training.ansatze.own import ansatz_text

    return value if isinstance(value, str) else ansatz_text(value)


def _observable_texts(value: object) -> object:
    from qorum.training.observed import observable_texts

    return observable_texts(value) if value else value


Problem = Annotated[
    str,
    BeforeValidator(_hamiltonian_text),  # molecules and operators of other libraries in Python
    form_field(
        "Hamiltonian",
        'JSON `{"num_qubits": 4, "terms": [["IIIZ", 0.17], …]}` (the rightmost letter is qubit 0), '
        "`tfim:n=8,J=1,g=1,boundary=open`, a molecule such as `h2:0.735` or "
        "`molecule?atoms=Li 0 0 0; H 0 0 1.6&basis=6-31g&electrons=2&orbitals=5&mapping=parity`, or the "
        "key of a JSON or XYZ file in the store (`water.xyz#basis=6-31g,frozen_core=true`).",
        min_length=1,
    ),
]
GraphText = Annotated[
    str,
    BeforeValidator(_graph_text),  # graphs of networkx in Python
    form_field(
        "Graph or QUBO",
        'JSON `{"edges": [[0, 1], [1, 2, 0.5], …]}`, `ring:n=8`, `regular:n=12,degree=3,seed=0`; or a QUBO: '
        '`{"linear": {"x": -1}, "quadratic": [["x", "y", 2]], "constraints": [{"linear": {"x": 1, "y": 1}, '
        '"sense": "<=", "value": 1}]}`; or the key of a JSON or `.qubo` file in the store.',
        min_length=1,
    ),
]
Data = Annotated[
    str,
    form_field(
        "Data",
        "A CSV or Parquet file, or its key in the store (the label is the last column, or "
        "`file.csv#label=name`); or `iris`, `wine`, `breast_cancer`, `digits`, `moons?samples=200`.",
        min_length=1,
    ),
]
AnsatzName = Annotated[
    str,
    BeforeValidator(_ansatz_text),  # circuits of Qiskit in Python
    form_field(
        "Ansatz",
        "E.g. `uccsd`, `k-upccgsd?k=2`, `adapt`, `hardware-efficient?layers=3`; or OpenQASM 3 with "
        "`input float` parameters, as text or the key of a `.qasm` in the store. auto: uccsd where "
        "particle numbers are given, else hardware-efficient.",
        min_length=1,
    ),
    Flag("NAME[?…]"),
]
QaoaName = Annotated[
    str,
    BeforeValidator(_ansatz_text),
    form_field(
        "Ansatz",
        "`qaoa?layers=2`, with `&start=fixed-angles|linear-ramp|random`; any other ansatz works, too, also "
        "OpenQASM 3 with `input float` parameters.",
        min_length=1,
    ),
    Flag("NAME[?…]"),
]
ClassifierName = Annotated[
    str,
    form_field(
        "Model",
        "The circuit: `reuploading?layers=3`, `angle?layers=2` or `zz?repetitions=2`; one qubit for each "
        "principal component unless `num_qubits` is set.",
        min_length=1,
    ),
    Flag("NAME[?…]"),
]
Components = Annotated[
    int,
    form_field(
        "Principal components",
        "That the circuit sees of the features, 1 to 30; 0: the features themselves.",
        ge=0,
        le=30,
    ),
]
LinearLayer = Annotated[
    bool,
    form_field(
        "Linear layer",
        "Whether a trained linear layer makes as many angles of all features, in place of the components.",
    ),
]
BatchSize = Annotated[
    int, form_field("Batch size", "Samples of each evaluation, drawn by its seed; 0: all.", ge=0)
]
Microbatches = Annotated[
    int, form_field("Microbatches", "Parts that a batch is run in, to hold less at once.", ge=1)
]
Precision = Annotated[
    Literal["bfloat16", "float32", "float64"],
    form_field("Precision", "Of the classical layers; the circuit keeps its own."),
]
WeightDecay = Annotated[
    float,
    form_field(
        "Weight decay",
        "Times half the parameters' squared norm, added to the loss.",
        ge=0,
        allow_inf_nan=False,
    ),
]
ClipNorm = Annotated[float, form_field("Clip gradients", "To this norm; 0: not.", ge=0, allow_inf_nan=False)]
OptimizerName = Annotated[
    str,
    form_field(
        "Optimizer",
        "lbfgs, adam, natural-gradient, rotosolve, spsa, scipy-cobyla or scipy-lbfgsb; with settings as "
        "`adam?learning_rate=0.05`.",
        min_length=1,
    ),
    Flag("NAME[?…]"),
]
Initial = Annotated[
    str,
    form_field(
        "Start",
        "Empty: the ansatz's own. `zeros`, `random`, parameters as `0.1,-0.2`, the JSON of a report, or "
        "`training:ID`: where that training ended.",
    ),
    Flag(
        "START",
        told="zeros, random, numbers as 0.1,-0.2, a report's file, or training:ID; else the ansatz's own.",
    ),
]
MaxSteps = Annotated[int, form_field("Steps", "Optimizer steps at most, 1 to 1,000,000.", ge=1, le=1_000_000)]
TrainingShots = Annotated[
    int,
    form_field(
        "Shots",
        "Samples of each energy, shared by its groups of terms; 0: exact expectation values.",
        ge=0,
        le=MAX_SHOTS,
    ),
]
TrainingBackend = Annotated[
    str,
    form_field(
        "Backend",
        "Where circuits run: `torch`, `aer?noise=fake_manila`, or a saved block as "
        "`block:aer-simulator/mine`.",
        min_length=1,
    ),
    Flag("NAME"),
]
BackupBackends = Annotated[
    list[str],
    form_field("Backup backends", "Where the training goes on if its backend fails, in this order."),
    Flag("A,B"),
]
MaxErrorRate = Annotated[
    float,
    form_field(
        "Error rate",
        "Share of failed evaluations among the last 20 above which the next backup backend takes over, "
        "0 to 1.",
        ge=0,
        le=1,
    ),
]
CheckpointEvery = Annotated[
    int,
    form_field(
        "Checkpoint every",
        "Evaluations after which a checkpoint is due at the latest; 0: no limit. It comes sooner where that "
        "costs at most a hundredth of the time.",
        ge=0,
    ),
]
Entropy = Annotated[
    bool,
    form_field("Entanglement entropy", "Whether MLflow gets that of the first half of the qubits."),
]
Observables = Annotated[
    list[str],
    BeforeValidator(_observable_texts),  # operators by name in Python
    form_field(
        "Observables",
        "Of the final state, beside the energy: `particles`, `spin-z`, `spin-squared` (of electrons), a "
        "string such as `IZ`, or `magnetization=0.5*IZ + 0.5*ZI`. With shots, each takes as many.",
        max_length=100,
    ),
    Flag(
        "TEXT",
        each="observable",
        told="Of the final state: particles, spin-z, spin-squared, IZ, 'NAME=0.5*IZ + ZI'; repeatable.",
    ),
]
PatienceSteps = Annotated[
    int,
    form_field(
        "Patience",
        "Steps without an improvement after which the training ends, 0 to 1,000,000; 0: it goes on. Of a "
        "classifier the loss on a fifth of the data counts, which is set aside, and the best of it is "
        "the result.",
        ge=0,
        le=1_000_000,
    ),
]
MinImprovement = Annotated[
    float,
    form_field(
        "Least improvement",
        "With patience: an energy or loss that is lower by more than this, in its own units, is better.",
        ge=0,
        allow_inf_nan=False,
    ),
]
ClassWeights = Annotated[
    Literal["none", "balanced"],
    form_field(
        "Class weights",
        "balanced: samples of rare classes weigh more in the loss, so that all classes weigh alike.",
    ),
]
States = Annotated[
    int,
    form_field(
        "States",
        "How many of the lowest ones, 1 to 10: excited states by deflation, each a training of its own, on "
        "`torch` without noise and shots.",
        ge=1,
        le=10,
    ),
]
TrainingSeed = Annotated[
    int,
    form_field(
        "Seed",
        "Of random starts, sampled energies, random directions of an optimizer, batches, and what is set "
        "aside for the test. The same problem, options and seed give the same training, bit for bit.",
        ge=0,
        lt=2**31,
    ),
]
_ID = "[A-Za-z0-9][A-Za-z0-9_.-]{0,79}"
TrainingId = Annotated[str, Field(pattern=f"^{_ID}$")]
NewOrKnownTraining = Annotated[
    str,
    form_field(
        "Training id",
        "Name of this training in the store, e.g. `h2-1`. The same id again goes on where it stopped. "
        "Empty: a new id.",
        pattern=f"^({_ID})?$",
    ),
    Flag("ID"),
]
KnownTraining = Annotated[
    str,
    form_field(
        "Training id",
        "Name of the training in the store, e.g. `h2-1`.",
        pattern=f"^{_ID}$",
    ),
]
