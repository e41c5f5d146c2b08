# `make run` and `make test` set up all they need; `make help` lists the rest.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
export QORUM_HOME ?= $(CURDIR)/.qorum
export DO_NOT_TRACK ?= 1
export MLFLOW_DISABLE_TELEMETRY ?= true
EXAMPLES := examples/ghz.qasm examples/qft10.qasm examples/asymmetric.qasm examples/teleportation.qasm
ARGS ?=

.PHONY: help setup run run-vqe test check ui deploy worker bench lock services docs clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort

# torch comes first and alone: pip then takes the build that fits this machine (CPU or CUDA).
.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) deployments/require_python.py
	@mkdir -p .qorum
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

setup: .venv/installed ## create .venv with everything the project needs

run: setup ## run the example circuits and print what the backends agree on
	$(BIN)/python -m flows.run_circuits $(EXAMPLES) examples/broken.qasm --expect-rejected broken.qasm $(ARGS)

run-vqe: setup ## find the ground energy of H2 and save the energy curve as energy.png
	$(BIN)/python -m flows.train_vqe examples/hamiltonians/h2_0.735.json --plot energy.png $(ARGS)

test: setup ## run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

check: setup ## style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports

ui: setup ## start the Prefect server and the MLflow UI
	$(BIN)/python -m deployments.serve

deploy: setup ## create pools, queues, limits, blocks and deployments on the server of PREFECT_API_URL
	$(BIN)/python -m deployments.setup

worker: setup ## start a worker of the cpu pool (POOL=… for another)
	$(BIN)/prefect worker start --pool $(or $(POOL),cpu)

bench: setup ## run the benchmarks, one JSON object each
	$(BIN)/python -m benchmarks.consensus --json -
	$(BIN)/python -m benchmarks.pipeline --circuits 1000 --backends torch,aer,pennylane --json -
	$(BIN)/python -m benchmarks.statevector --json -
	$(BIN)/python -m benchmarks.training --json -

docs: setup ## write what docs/ has of the code anew: options.md, the map of architecture.md
	$(BIN)/python -m deployments.options
	$(BIN)/python -m deployments.rooms

lock: setup ## resolve requirements.lock anew
	$(BIN)/pip install --quiet uv
	bash deployments/lock.sh

services: ## install the servers that the tests start (Debian, as root)
	bash deployments/services/install.sh

clean: ## remove the environment and all local results
	rm -rf .venv .qorum
