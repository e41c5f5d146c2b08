"""How near trainings come: molecules and a spin chain to their ground energies, QAOA to published cuts."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

from benchmarks._interleaved import Options, say
from benchmarks._report import Row
from benchmarks._training_runs import EXAMPLES, Trained, advance, begin, define, hamiltonian, trained
from qorum.training.exact import ground_energy
from qorum.training.graphs import Graph, read_graph
from qorum.training.hamiltonians import Hamiltonian

HYDROGEN = -1.13730604
"""Full configuration interaction of H2 at 0.735 Å in STO-3G, hartree."""

CHEMICAL_ACCURACY = 1.6e-3
"""1 kcal/mol in hartree."""

MOLECULES = {
    "H4 chain 1.0 Å": ("h4_1.0", "uccsd"),
    "H4 chain 1.5 Å": ("h4_1.5", "uccsd"),
    "LiH 1.6 Å, frozen core": ("lih_1.6", "uccsd"),
    "H2O, active space": ("h2o_cas", "uccsd"),
}
"""Each with its file in examples/hamiltonians and the ansatz that it is trained with."""

CHAIN, CHAIN_ANSATZ = "tfim:n=12,g=1", "hamiltonian-variational?layers=8"

GRAPHS = ("heawood", "petersen", "cube", "k33")
"""Without triangles, three edges at each vertex. Only Heawood's has no cycle below six edges."""

CUT_SHARES = {1: (0.5 + sqrt(3) / 9, GRAPHS), 2: (0.7559, GRAPHS[:1])}
"""By the number of layers: the share of edges that fixed angles cut, and where that is known.

One layer: arXiv:1706.02998 in closed form (0.6924…); two: arXiv:1411.4028 to four digits (0.7559).
"""

PUBLISHED_DIGITS = 5e-5


def accuracy(options: Options) -> Iterator[Row]:
    """Errors of trained energies, and the part of the correlation energy that is found."""
    del options  # the same trainings always: they take seconds
    found = trained(hamiltonian("h2_0.735"), "uccsd")
    note = f"uccsd, lbfgs, {found.told}; {found.energy:.9f}, known {HYDROGEN}"
    yield Row("H2 0.735 Å / error", abs(found.energy - HYDROGEN), 1e-6, "most", "Ha", note=note)
    for name, (file, model) in MOLECULES.items():
        problem = hamiltonian(file)
        found, exact, unrelated = trained(problem, model), _reference(problem), start_energy(problem)
        share, error = (unrelated - found.energy) / (unrelated - exact), abs(found.energy - exact)
        note = f"{model}, lbfgs, {found.told}; {found.energy:.9f}, exact {exact:.9f}, HF {unrelated:.9f}"
        say(f"{name}: {share:.5f} of the correlation energy, {error:.2e} Ha off")
        yield Row(f"{name} / correlation energy recovered", share, 0.99, note=note)
        yield Row(f"{name} / error", error, CHEMICAL_ACCURACY, "most", "Ha", note=note)
    yield _chain()


def _chain() -> Row:
    problem = hamiltonian(CHAIN)
    found, exact = trained(problem, CHAIN_ANSATZ), _reference(problem)
    note = f"{CHAIN_ANSATZ}, lbfgs, {found.told}; {found.energy:.8f}, exact {exact:.8f}"
    error = abs((found.energy - exact) / exact)
    return Row("TFIM n=12 g=1 / relative error", error, 1e-3, "most", "of the energy", note=note)


def _reference(problem: Hamiltonian) -> float:
    energy = problem.reference if problem.reference is not None else ground_energy(problem)
    assert energy is not None
    return energy


def start_energy(problem: Hamiltonian) -> float:
    """The energy of the initial basis state: Hartree-Fock's, for molecules."""
    bits = int(problem.start_state, 2)
    terms = problem.observable.terms
    signs = ((-1) ** (bits & term.z).bit_count() * term.coefficient for term in terms if not term.x)
    return problem.observable.constant + sum(signs)


def qaoa(options: Options) -> Iterator[Row]:
    """Expected cuts at fixed angles against published ones, and after training against fixed angles."""
    del options
    graphs = {name: read_graph((EXAMPLES / "graphs" / f"{name}.json").read_text()) for name in GRAPHS}
    for layers, (share, known) in CUT_SHARES.items():
        fixed = {name: _fixed_share(graph, layers) for name, graph in graphs.items()}
        worst = max(abs(fixed[name] - share) for name in known)
        note = f"of the edges, {_listed({name: fixed[name] for name in known})}; published {share:.5g}"
        name = f"QAOA p={layers}, fixed angles / difference from the published share"
        yield Row(name, worst, PUBLISHED_DIGITS, "most", "of edges", samples=len(known), note=note)
        for start, least in (("fixed-angles", 0.0), ("linear-ramp", None)):
            runs = {
                name: trained(graph, f"qaoa?layers={layers}&start={start}") for name, graph in graphs.items()
            }
            shares = {name: _share(run, graphs[name]) for name, run in runs.items()}
            gain = min(shares[name] - fixed[name] for name in graphs)
            name = f"QAOA p={layers}, trained from {start} / least gain over fixed angles"
            note = f"lbfgs, {max(run.evaluations for run in runs.values())} evaluations at most; "
            note += _listed(shares)
            yield Row(name, gain, least, unit="of edges", samples=len(graphs), note=note)


def _fixed_share(graph: Graph, layers: int) -> float:
    training = begin(define(graph, f"qaoa?layers={layers}", "lbfgs", max_steps=1))
    return -advance(training) / len(graph.edges)


def _share(run: Trained, graph: Graph) -> float:
    return -run.energy / len(graph.edges)


def _listed(shares: dict[str, float]) -> str:
    return ", ".join(f"{name} {share:.6f}" for name, share in shares.items())
