# Needs Python 3.11 with venv, and make. Everything else is fetched into .venv, each file checked against its hash.

# Distributions build Python with the help of a profile (Debian's takes three quarters of the time of a plain build), so
# theirs comes first, if it can make environments.
PYTHON ?= $(shell for each in /usr/bin/python3.11 python3.11 python3; do \
  command -v $$each >/dev/null && $$each -c 'import ensurepip, venv' 2>/dev/null && command -v $$each && exit; done; \
  command -v python3)
VENV := .venv
# Importing Locust replaces the sockets of the whole process, so it is not in .venv.
VENV_LOAD := .venv-load
BIN := $(VENV)/bin
# Processes that share the whole suite, one for each processor; a part of it is run in one.
WORKERS ?= $(if $(TESTS),0,logical)
SOURCES := server client_sdk tools tests $(wildcard benchmarks) $(wildcard loadtests)

# uv does not read pip's settings, so it is told the index that pip was given, if any; certificates are the system's.
UV = UV_SYSTEM_CERTS=1 UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$${PIP_INDEX_URL:-$$($(BIN)/pip config get global.index-url 2>/dev/null)}}" $(BIN)/uv
INSTALL := pip install --quiet --python $(BIN)/python
# Compiled once here, because an environment may forbid it to those who start: each would compile every module anew.
SYNC := pip sync --quiet --compile-bytecode --python $(BIN)/python
COMPILE := pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header $(if $(UPGRADE),--upgrade)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup run test lint format translations component bench growth load soak lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(VENV)/.installed ## Build .venv: prolong-server, prolong, and all that tests and lint need

run: setup ## Serve a demo vendor with a catalogue, dealers, licenses and codes to try
	$(BIN)/prolong-server demo

test: setup $(VENV_LOAD)/.synced ## Run the whole test suite, a real PostgreSQL included (TESTS=path for a part)
	PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n $(WORKERS) --maxprocesses 8 --dist loadfile --no-loadscope-reorder $(TESTS)

lint: setup ## Check style, types, layers, dependencies and sizes
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/deptry server/prolong_server
	$(BIN)/deptry client_sdk/prolong --config client_sdk/pyproject.toml
	$(BIN)/python -m tools.check_sizes

format: setup ## Put the code into the house's style
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

translations: setup ## Bring the Ukrainian and Russian sentences up to date and compile them
	$(BIN)/python -m tools.translations

component: setup ## Bring the web component's sentences and the server's copy of it up to date
	$(BIN)/python -m tests.web.sentences
	$(BIN)/python -m tools.web_component

bench: setup ## Measure all that is promised of speed, in one run; writes results and docs/performance.md (BENCH=--help)
	$(BIN)/python -W 'ignore:XDG_RUNTIME_DIR is not set' -m benchmarks $(BENCH)

growth: setup ## Measure redemptions out of 100 thousand and 5 million codes
	$(BIN)/python -W 'ignore:XDG_RUNTIME_DIR is not set' -m benchmarks --only growth $(BENCH)

load: setup $(VENV_LOAD)/.synced ## Put a short mixed load on a server of its own, and reconcile what it did
	$(BIN)/python -W 'ignore:XDG_RUNTIME_DIR is not set' -m loadtests

soak: setup $(VENV_LOAD)/.synced ## The same for ten minutes
	PROLONG_LOAD_SHAPE=soak $(BIN)/python -W 'ignore:XDG_RUNTIME_DIR is not set' -m loadtests

lock: $(VENV)/.uv ## Compile requirements*.in into hashed requirements*.txt (UPGRADE=1 takes newer versions)
	@# Written only when it changes: a newer requirements-uv.txt builds .venv from empty.
	@cp requirements-uv.txt $(VENV)/requirements-uv.txt
	$(UV) $(COMPILE) requirements-uv.in --output-file $(VENV)/requirements-uv.txt
	@cmp -s $(VENV)/requirements-uv.txt requirements-uv.txt || cp $(VENV)/requirements-uv.txt requirements-uv.txt
	$(UV) $(COMPILE) requirements-dev.in --output-file requirements-dev.txt
	$(UV) $(COMPILE) --constraints requirements-dev.txt requirements.in --output-file requirements.txt
	$(UV) $(COMPILE) requirements-load.in --output-file requirements-load.txt

clean: ## Remove what setup and the tools made; the data of a server stays
	rm -rf $(VENV) $(VENV_LOAD) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
	find $(SOURCES) -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.uv: requirements-uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Prolong needs Python 3.11 or later. Name one: make PYTHON=/path/to/python3.11'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo 'This Python cannot make environments. On Debian: apt install python3-venv'; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.txt
	@touch $@

$(VENV)/.synced: $(VENV)/.uv requirements-dev.txt
	$(UV) $(SYNC) --require-hashes requirements-uv.txt requirements-dev.txt
	@touch $@

$(VENV_LOAD)/.synced: requirements-load.txt | $(VENV)/.uv
	$(PYTHON) -m venv --clear --without-pip $(VENV_LOAD)
	$(UV) pip sync --quiet --python $(VENV_LOAD)/bin/python --require-hashes requirements-load.txt
	@touch $@

$(VENV)/.installed: $(VENV)/.synced pyproject.toml client_sdk/pyproject.toml
	$(UV) $(INSTALL) --no-deps --no-build-isolation --editable . --editable client_sdk
	@touch $@
