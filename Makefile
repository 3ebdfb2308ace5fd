# Groundstop: air-traffic control for AI agents. `make help` says what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PROCESSES ?= 3
SPREAD := -n $(PROCESSES) --dist loadgroup --no-loadscope-reorder --durations=20 --durations-min=1
MEMBERS := $(sort $(dir $(wildcard shared/*/pyproject.toml tools/*/pyproject.toml services/*/pyproject.toml infra/*/pyproject.toml examples/*/pyproject.toml)))
PROJECTS := $(MEMBERS:%=%pyproject.toml)
PLAIN := tests/integration $(wildcard tests/services/test_*.py) tests/security/test_keys.py tests/security/test_workers.py tests/e2e/test_cli.py
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install run demo-halt check test test-plain test-busy lint bench judgement chaos soak clean lock docs site

help: ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(STAMP) ## make .venv with everything, groundstop in its bin

$(STAMP): requirements.lock $(PROJECTS)
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Groundstop needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(MEMBERS:%/=-e %)
	@touch $@

run: install ## start the stack with the support example, tell its story, stay up (Ctrl-C stops it)
	$(BIN)/groundstop up --example support

demo-halt: install ## a drill, an automatic halt, a review with undo and a staged resume, told in a minute
	$(BIN)/python -m groundstop_example_support.demo_halt

check: install ## lint, types, layers, unit and contract tests, in two minutes: before every commit
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy & types=$$!; $(BIN)/python -m pytest -n 2 tests/unit tests/contracts; tests=$$?; wait $$types && exit $$tests

test: install ## every test but the slow ones; ends with the twenty that took longest
	sh tests/browser/install.sh
	$(BIN)/python -m pytest $(SPREAD)

test-plain: install ## the log, the bus and one stack over nats-py's public API alone; a slice of it is in make test
	GROUNDSTOP_BUS=plain $(BIN)/python -m pytest $(SPREAD) $(PLAIN)

test-busy: install ## the same while something else takes both processors; PLACE=tests/e2e for a part of it
	sh tests/browser/install.sh
	sh tests/busy.sh $(BIN)/python -m pytest $(SPREAD) $(PLACE)

lint: install ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: install ## measure throughput, latency, halt and audit; write bench/RESULTS.md
	$(BIN)/python -m bench

judgement: install ## score risk, screens and confusion on the labelled material
	$(BIN)/python -m bench.judgement --out bench/JUDGEMENT.md

site: install ## build the documentation into site/
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

chaos: install ## every seed of the chaos suite, of which `make test` runs the first
	$(BIN)/python -m pytest -m "slow or not slow" tests/chaos

soak: install ## the long runs of everything else: fuzzing for minutes, thousands of kills
	$(BIN)/python -m pytest -m slow --ignore=tests/chaos tests

docs: install ## make the generated pages and missing golden files anew
	$(BIN)/python tests/contracts/make_golden.py
	$(BIN)/python -m groundstop.asyncapi > docs/reference/asyncapi.yaml
	$(BIN)/python -m groundstop.doctables docs/concepts/architecture.md docs/reference/facts.md docs/reference/commands.md
	$(BIN)/python -m groundstop.permissions.table docs/reference/permissions.md
	$(BIN)/python -m groundstop_console.web.doctable docs/reference/console.md
	$(BIN)/python -c 'from groundstop.policy import schema_text; print(schema_text(), end="")' > docs/reference/policy.schema.json

lock: ## pin the dependencies anew (needs uv)
	sh infra/lock.sh

clean: ## remove what was built; data folders of stacks stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache site
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
