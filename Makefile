# The environment is .venv, made from the hashed requirements.txt; every target sets up what it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
BROWSER ?= /usr/bin/chromium
# One environment for each version of AWS Glue that the job is tested with.
GLUE    := .glue
GLUE_READY := $(GLUE)/5.0/.ready $(GLUE)/5.1/.ready
DBT    := $(VENV)/dbt
DBT_READY := $(DBT)/.ready
DAGSTER_HOME := $(CURDIR)/.dagster_home

.DEFAULT_GOAL := help
.PHONY: help env demo dev test test-faults test-glue test-pythons test-trino test-pyathena test-ui pictures record-trino bench size check lock clean

help: ## Show this help
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): requirements.txt pyproject.toml
	@echo "Making the environment in $(VENV) (about a minute the first time)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "Python 3.11 is needed, but $(PYTHON) is $$($(PYTHON) --version). Name one with: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

env: $(READY) ## Only make the environment

demo: $(READY) ## Run the main job on local AWS: Reviews, exported twice, queried through Athena
	@$(BIN)/ddb-assets demo

dev: $(READY) ## Open Dagster's UI on local AWS, with the sample tables and a day of their past; PORT=3001 names its port
	@$(BIN)/ddb-assets seed --history 24
	@DAGSTER_HOME=$(DAGSTER_HOME) $(BIN)/dagster dev $(if $(PORT),--port $(PORT))

test: $(READY) ## Run all tests (local AWS, real Spark, real queries)
	@$(BIN)/python -m pytest --numprocesses 4 --dist worksteal
	@$(BIN)/python -m pytest -o addopts="-ra --strict-markers" tests/faults

test-faults: $(READY) ## Make each call of a run fail in turn, and write docs/reliability.md; goes on where it was ended
	@FAULTS=all RACES=20 $(BIN)/python -m pytest -o addopts="-ra --strict-markers" tests/faults

test-glue: $(READY) $(GLUE_READY) ## Test the job, and whole chains with it, with exactly what AWS Glue 5.0 and 5.1 have
	@DDB_ASSETS_GLUE_ENVIRONMENTS=$(CURDIR)/$(GLUE) \
	  $(BIN)/python -m pytest -o addopts="-ra --strict-markers" -o timeout=900 --numprocesses 2 --dist loadgroup tests/glue_versions

$(GLUE)/%/.ready: requirements-glue-%.txt | $(READY)
	@echo "Making the environment of AWS Glue $* in $(GLUE)/$*"
	@$(PYTHON) -m venv --clear $(GLUE)/$*
	@$(GLUE)/$*/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

test-pythons: $(READY) ## Install the wheel without extras with Python 3.10 to 3.13, and with the oldest Dagster (ONLY="3.10 or 1.12": some), and run a chain
	@PYTHONS="$(PYTHONS)" $(BIN)/python -m pytest -o addopts="-ra --strict-markers" -o timeout=900 tests/pythons -k "$(ONLY)"

test-ui: $(READY) $(BROWSER) ## Test in Debian's Chromium: dagster dev, and web pages that attack; installs it (apt-get, as root)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-ui.txt
	@CHROMIUM=$(BROWSER) $(BIN)/python -m pytest -o addopts="-ra --strict-markers" -o timeout=900 tests/ui

pictures: $(READY) $(BROWSER) ## Take the README's picture of the chain in Dagster's UI anew
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-ui.txt
	@CHROMIUM=$(BROWSER) $(BIN)/python -m pytest -o addopts="-ra --strict-markers" -o timeout=900 tests/ui/pictures.py

test-trino: $(READY) $(DBT_READY) ## Compare with a real Trino, and run dbt and awswrangler on it; needs Java 24 and Maven, brings Trino
	@$(BIN)/ddb-assets local get-trino
	@DBT=$(DBT)/bin/dbt $(BIN)/python -m pytest -o addopts="-ra --strict-markers" -o timeout=900 tests/trino

test-pyathena: $(READY) ## Run PyAthena's own tests: PYATHENA=its checkout, PYATHENA_PYTHON=a Python that has it, ENGINE=trino
	@test -n "$(PYATHENA)" -a -n "$(PYATHENA_PYTHON)" || \
	  { echo "Name them: make test-pyathena PYATHENA=/path/to/PyAthena PYATHENA_PYTHON=/path/to/python (docs/pyathena.md)"; exit 1; }
	@$(BIN)/python -m benchmarks.pyathena "$(PYATHENA)" --python "$(PYATHENA_PYTHON)" --engine "$(or $(ENGINE),embedded)"

# dbt has an environment of its own: its pins are not ours.
$(DBT_READY): requirements-dbt.txt $(READY)
	@$(PYTHON) -m venv --clear $(DBT)
	@$(DBT)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dbt.txt
	@touch $(DBT_READY)

$(BROWSER):
	@echo "Installing Chromium"
	@apt-get update -qq -o Acquire::Retries=3 && \
	  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -o Acquire::Retries=3 chromium >/dev/null || \
	  { echo "Chromium is needed at $(BROWSER), and could not be installed with apt-get. Install it, or name one with: make test-ui BROWSER=/path/to/chromium"; exit 1; }
	@test -x $(BROWSER) || { echo "There is no $(BROWSER). Name Chromium with: make test-ui BROWSER=/path/to/chromium"; exit 1; }

record-trino: $(READY) ## Ask a real Trino for the answers that local Athena's tests replay; STATEMENTS=a file adds its lines
	@$(BIN)/ddb-assets local get-trino
	@$(BIN)/python -m tests.trino.recording $(STATEMENTS)

bench: $(READY) ## Measure side by side with the peers and write docs/performance.md; ten minutes
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bench.txt
	@$(BIN)/python -m benchmarks

size: $(READY) ## Measure what an installation takes, with and without the extras, and write it into docs/performance.md
	@$(BIN)/python -m benchmarks.installed_size

check: $(READY) ## Lint, format, types, layering
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: $(READY) ## Compile requirements.txt from pyproject.toml, and those of the other targets
	@$(BIN)/pip-compile --quiet --generate-hashes --extra dev --extra local --extra ui --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options -o requirements.txt pyproject.toml
	@echo playwright | $(BIN)/pip-compile --quiet --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  --constraint requirements.txt -o requirements-ui.txt -
	@# Newer ones of dbt-core have a part that PyPI has not.
	@printf 'dbt-athena\ndbt-core<1.11\n' | $(BIN)/pip-compile --quiet --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options -o requirements-dbt.txt -
	@$(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["bench"], sep="\n")' \
	  | $(BIN)/pip-compile --quiet --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  --constraint requirements.txt -o requirements-bench.txt -
	@for version in 5.0 5.1; do \
	  $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --no-header --no-annotate --strip-extras \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  -o requirements-glue-$$version.txt requirements-glue-$$version.in || exit 1; \
	done

clean: ## Remove the environment and everything that is made again
	@rm -rf $(VENV) $(GLUE) dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
