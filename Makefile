# The line, from a fresh machine with Python 3.11 or newer, git and make. Try: make help

PYTHON ?= python3
VENV ?= .venv
PIP = $(VENV)/bin/pip --quiet --disable-pip-version-check install -c requirements.lock
TEST_ARGS ?=

# Tests and the demo start many processes: each reads what the first has compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run reset test lint format bench soak menu clean

help: ## Show what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-7s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/ready-to-run ## Start the demo: web, worker, sweep, Valkey, stand-in for Twilio, mail
	@exec $(VENV)/bin/python -m runner

reset: ## Forget the demo's data and secrets (stop it first)
	rm -rf var

test: $(VENV)/ready-to-test ## Run the tests; TEST_ARGS goes to pytest
	$(VENV)/bin/pytest -n auto --dist worksteal $(TEST_ARGS)

lint: $(VENV)/ready-to-test ## Check style, layout and types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

format: $(VENV)/ready-to-test ## Lay the code out, and mend what ruff can
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

bench: $(VENV)/ready-to-test ## Measure the caller's minute, due to ringing, a voice turn, and the list at a million incidents
	$(VENV)/bin/python -m benchmarks

soak: $(VENV)/ready-to-test ## Run the long random runs whole, of which `make test` has a sample
	P1LINE_SOAK=1 $(VENV)/bin/pytest -n auto tests/soak tests/api/test_contract.py tests/console/browser $(TEST_ARGS)

menu: $(VENV)/ready-to-run ## Print the voice menu
	@$(VENV)/bin/p1line menu

clean: ## Remove the virtual environment and what tools left
	rm -rf $(VENV) *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# The environment is installed again only when what is wanted has changed.
$(VENV)/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 ou plus récent est nécessaire : make PYTHON=python3.12 ..." >&2; \
		echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/ready-to-run: pyproject.toml requirements.lock | $(VENV)/bin/pip
	@echo 'Installation, une minute environ. Installing, about a minute.'
	$(PIP) -e '.[demo]'
	@touch $@

$(VENV)/ready-to-test: pyproject.toml requirements.lock | $(VENV)/bin/pip
	@echo 'Installation, une minute environ. Installing, about a minute.'
	$(PIP) -e '.[demo,dev]'
	@touch $@ $(VENV)/ready-to-run
