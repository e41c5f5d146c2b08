"""What the help of commands says at length: problems, and examples."""

STATUS = "exit status: 0 done, 1 refused or could not go on (the last checkpoint is kept), 2 wrong usage"
MOLECULE = (
    *("basis", "charge", "spin", "electrons", "orbitals", "frozen_core"),
    *("mapping", "two_qubit_reduction", "spin_orbitals", "name"),
)
"""Settings of a molecule besides its atoms, as help names them."""

COST = (
    "JSON file of edges, a family of graphs, or a QUBO: a JSON file with linear, quadratic and constraints,"
    " or a .qubo file with lines `minimize`, `x -1`, `x y 2`, `x + 2 y <= 2`"
)
HAMILTONIAN = (
    "JSON or XYZ file, spin chain, or molecule: 'molecule?atoms=H 0 0 0; H 0 0 0.735&basis=6-31g' (ångström)"
    " or 'water.xyz#basis=6-31g,charge=1', with " + ", ".join(MOLECULE)
)
VQE = """  python -m flows.train_vqe h2:0.735 --plot energy.png
  python -m flows.train_vqe examples/hamiltonians/h4_1.0.json --ansatz adapt --training-id chain
  python -m flows.train_vqe tfim:n=8,J=1,g=1 --ansatz hardware-efficient --layers 4 --shots 4096 \\
      --optimizer spsa --backend 'aer?noise=fake_guadalupe' --backup-backends torch"""
QAOA = """  python -m flows.train_qaoa examples/graphs/heawood.json --layers 2
  python -m flows.train_qaoa regular:n=12,degree=3,seed=1 --ansatz 'qaoa?layers=3&start=linear-ramp'"""
QNN = """  python -m flows.train_qnn iris --max-steps 100
  python -m flows.train_qnn measurements.csv#label=kind --model 'reuploading?num_qubits=2&layers=4'"""
MIGRATE = """  python -m flows.migrate_training h4 aer
  python -m flows.migrate_training h4 'aer?noise=fake_guadalupe' --reason 'is it robust?'"""
CLEAN = """  python -m flows.clean_checkpoints --older-than 7d --dry-run"""
CANARY = """  python -m flows.canary
  python -m flows.canary --circuit template:bell --backends torch,aer"""
RESOLVE = """  python -m flows.resolve_held bell-1
  python -m flows.resolve_held bell-1 --token 3fa9 --job-id 019a2b6e-…
  python -m flows.resolve_held bell-1 --token 3fa9 --none"""
WATCH = """  python -m flows.watch_jobs"""
CONNECTIONS = """examples:
  python -m flows.check_connections
  python -m flows.check_connections 'ionq?device=qpu.forte-1' block:azure-quantum/mine --wait-seconds 10

exit status: 0 all can be reached, 1 some cannot or nobody was asked, 2 wrong usage"""
REFRESH = """examples:
  python -m flows.refresh_calibrations
  python -m flows.refresh_calibrations 'ionq?device=qpu.forte-1' 'ibm?device=ibm_torino' --json -

exit status: 0 done, 1 some could not be had or nobody was asked, 2 wrong usage"""
CALIBRATIONS = """examples:
  python -m flows.calibrations
  python -m flows.calibrations 'ibm?device=ibm_torino' --since 2026-11-01 --plot trend.png

exit status: 0 done, 1 nothing is stored of one that is named, 2 wrong usage"""
RUN = """examples:
  python -m flows.run_circuits examples/ghz.qasm template:grover?marked=1011
  python -m flows.run_circuits bell.qasm --backends torch,aer,cirq --shots 4096 --json result.json
  python -m flows.run_circuits bell.qasm --backends 'torch,aer?noise=fake_torino' --experiment-id bell-1

exit status: 0 all agreed or unverified, 1 some rejected or disputed, 2 wrong usage"""
PREDICT = """examples:
  python -m flows.predict iris-1 new.csv
  python -m flows.predict model.json 'new.csv#label=species' --json -

exit status: 0 done, 1 refused, 2 wrong usage"""
