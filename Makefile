# The two commands to know: `make demo` and `make test`.
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
DEMO ?=
BENCH ?= --write-docs
BATCHES ?= --write-docs
EXCHANGE ?= --write-docs
# `make chaos QUICK=1 SEED=7 ONLY=kills`: a sample, drawn by another seed, of one scenario alone.
SEED ?= 14
QUICK ?=
ONLY ?=
CHAOS := $(if $(QUICK),--quick,--write-docs) --seed $(SEED) $(ONLY:%=--only %)
PROVE ?=

# `make study DATA=idx:DIR` runs the whole study on another dataset, beside the committed results.
DATA ?=
STUDY := reference attacks worst majority rules backdoor
RESULTS := experiments/results
ifneq ($(DATA),)
RESULTS := runs/study/$(subst /,-,$(subst :,-,$(DATA)))
EXPERIMENT := --set data=$(DATA)
REPORT := --results $(RESULTS)
endif

.PHONY: help demo figures figures-live study test python-tests contracts-checks unit integration contracts-test contracts prove gas bench batches exchange chaos docs lint format setup setup-dev clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ —/'

setup: $(VENV)/.demo ## a virtual environment for running fedjury

setup-dev: $(VENV)/.dev node_modules/.package-lock.json ## the same with everything for tests (needs Node 20)

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# torch first and alone: its exact version is the CPU build, a range would bring CUDA along
$(VENV)/.demo: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) torch==2.13.0
	$(PIP) -e '.[demo]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) torch==2.13.0
	$(PIP) -e '.[dev]'
	@touch $@ $(VENV)/.demo

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-progress --loglevel=error
	@touch $@

demo: setup ## run a federation with poisoners: chain, store and data embedded
	$(BIN)/fedjury demo $(DEMO)

figures: setup experiment-figures ## the paper's figures 3 and 4 on MNIST: 100 runs, then docs/study/figure-*.png
	$(BIN)/python -m experiments.report --figures $(REPORT)

figures-live: setup-dev ## the same at 30% adversaries from a live system: Ganache and IPFS
	$(BIN)/fedjury experiment experiments/live.toml --chain ganache --store ipfs --no-plot \
		--output $(RESULTS)/live.json $(EXPERIMENT)

study: figures $(STUDY:%=experiment-%) ## every experiment of docs/study.md, then its tables and plots
	$(BIN)/python -m experiments.report $(REPORT)

experiment-figures: FILE := experiments/figures.toml
$(STUDY:%=experiment-%): FILE = experiments/study/$(@:experiment-%=%).toml
experiment-figures $(STUDY:%=experiment-%): setup
	$(BIN)/fedjury experiment $(FILE) --no-plot --output $(RESULTS)/$(@:experiment-%=%).json $(EXPERIMENT)

test: setup-dev ## set everything up, pass all tests, prove what takes little time, break a federation a little
	$(MAKE) --jobs 2 python-tests contracts-checks

python-tests: unit
	$(MAKE) integration

contracts-checks: contracts-test
	$(MAKE) prove PROVE=--quick
	$(MAKE) chaos QUICK=1

unit: setup-dev
	$(BIN)/python -m pytest -n auto tests/unit

integration: setup-dev
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/integration

contracts-test: setup-dev
	$(BIN)/python scripts/compile_contracts.py --check
	$(BIN)/python scripts/brownie_tests.py

contracts: setup-dev ## compile the contracts into the package
	$(BIN)/python scripts/compile_contracts.py

prove: setup-dev ## prove what the contracts must never do: slither, forge, halmos, broken contracts (PROVE=--quick: without what takes long)
	$(BIN)/python scripts/prove.py $(PROVE)

gas: setup-dev ## measure gas anew into tests/contracts/gas_snapshot.json
	$(BIN)/python scripts/brownie_tests.py --update-gas

bench: setup ## how fast judging is, into docs/performance.md (BENCH=--quick only prints a little)
	$(BIN)/python -m experiments.benchmark_judging $(BENCH)

batches: setup-dev ## rounds of 100, 1,000 and 10,000 updates in batches, into docs (BATCHES='--updates 100' only prints one)
	$(BIN)/python -m experiments.measure_batches $(BATCHES)

exchange: setup-dev ## what four jurors ask each other for, and what they cost beside one, into docs (EXCHANGE='--updates 10' only prints one)
	$(BIN)/python -m experiments.measure_exchange $(EXCHANGE)

chaos: setup-dev ## break a federation in every way, look at what comes out, into docs/reliability.md (QUICK=1, SEED=, ONLY=)
	$(BIN)/python -m experiments.chaos $(CHAOS)

docs: setup-dev ## write docs/commands.md and docs/events.md from the code
	$(BIN)/python scripts/write_reference.py

lint: setup-dev ## ruff, mypy, solhint, prettier
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	npx --no-install solhint 'contracts/**/*.sol'
	npx --no-install prettier --check 'contracts/**/*.sol'

format: setup-dev ## format Python and Solidity
	$(BIN)/ruff format .
	npx --no-install prettier --write 'contracts/**/*.sol'

clean: ## remove what can be made again
	rm -rf build reports runs .cache .mypy_cache .ruff_cache .pytest_cache
