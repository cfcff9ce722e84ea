# alskg needs Python 3.11 or newer, and sets up everything else in .venv by itself.

VENV := .venv
BIN := $(VENV)/bin
# Another Python: make PYTHON=/path/to/python3.12 serve
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: help serve test test-long conformance check lint format coverage lock screenshots clean

help:
	@echo "make serve     serve the graph on http://127.0.0.1:8000 (ALSKG_HOST, ALSKG_PORT)"
	@echo "make test      everything that must hold before a push"
	@echo "make test-long the random edits at length: an hour or more"
	@echo "make conformance  only the W3C test suite, which writes docs/conformance.md"
	@echo "make check     only the curated files: shapes and house rules"
	@echo "make lint      only style and types"
	@echo "make format    lay out code and curated files"
	@echo "make coverage  the tests, and which lines they miss"
	@echo "make screenshots  the pictures in docs/screenshots, with Chromium"
	@echo "make lock      renew the locked versions"
	@echo "make clean     remove .venv and what tools left behind"

serve: $(VENV)/serve.stamp
	@$(BIN)/alskg serve

test: lint check
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal

test-long: $(VENV)/test.stamp
	ALSKG_TEST_LONG=1 $(BIN)/python -m pytest tests/property --numprocesses auto

conformance: $(VENV)/test.stamp
	ALSKG_CONFORMANCE_WRITE=1 $(BIN)/python -m pytest tests/conformance --numprocesses auto

check: $(VENV)/serve.stamp
	$(BIN)/alskg check

lint: $(VENV)/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/test.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/alskg format

coverage: $(VENV)/test.stamp
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest --numprocesses auto
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# --universal: one lock for every platform and Python version. Hashes: a changed file is refused. No address is written.
LOCK := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-annotate --no-header --no-config --group build pyproject.toml

lock: | $(BIN)/python
	$(BIN)/python -m pip install --quiet uv
	rm -f requirements.lock requirements-test.lock
	$(LOCK) --group test --output-file requirements-test.lock
	$(LOCK) --constraint requirements-test.lock --output-file requirements.lock

screenshots: $(VENV)/test.stamp
	$(BIN)/python docs/screenshots/take.py

clean:
	rm -rf $(VENV) build dist .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@for candidate in "$(PYTHON)" python3.14 python3.13 python3.12 python3.11; do \
	  if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "Setting up $(VENV) with $$("$$candidate" --version)"; \
	    "$$candidate" -m venv $(VENV) && exit 0; \
	    rm -rf $(VENV); echo "Its venv module doesn't work (Debian: apt install python3-venv)." >&2; exit 1; \
	  fi; \
	done; \
	echo "alskg needs Python 3.11 or newer. Install it, or say where it is: make PYTHON=/path/to/python3.12 ..." >&2; exit 1

INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check

$(VENV)/serve.stamp: requirements.lock pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes --requirement requirements.lock
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/test.stamp: requirements-test.lock $(VENV)/serve.stamp
	$(INSTALL) --require-hashes --requirement requirements-test.lock
	@touch $@
