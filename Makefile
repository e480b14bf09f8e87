# Two commands set everything up on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
export UV_PROJECT_ENVIRONMENT ?= .venv
UV := $(shell command -v uv 2>/dev/null || echo .uv-bootstrap/bin/uv)
RUN := $(UV) run --frozen
CLAIMS ?= 2000
# Where bytecode is not kept, each of the hundreds of processes of a run compiles all that it loads: half of a service's start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help env demo up down status test tools lint types contracts unit integration e2e soak bench pages site docs desk coverage clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

env: .venv/.ready ## create the locked environment

.venv/.ready: uv.lock pyproject.toml $(wildcard packages/*/pyproject.toml)
	@[ -x "$(UV)" ] || command -v $(UV) >/dev/null || { \
	  echo "uv not found: installing it into .uv-bootstrap"; \
	  python3 -m venv .uv-bootstrap && .uv-bootstrap/bin/pip --quiet install uv; }
	@echo "making the locked environment in .venv; the first time that takes a minute or more"
	@$(UV) sync --frozen --quiet
	@touch $@

demo: env ## run the whole lifecycle on real files: make demo CLAIMS=20000
	$(RUN) recoup demo --claims $(CLAIMS)

up: env ## start the local stack and leave it running
	$(RUN) recoup up

down: env ## stop the local stack; its state stays
	$(RUN) recoup down

status: env ## what runs where
	$(RUN) recoup ps

# Types are looked at on one core while the tests run, of which many wait for servers: what the tests need is brought before.
test: env tools lint contracts site ## everything: lint, types, import contracts, pages, all tests
	@$(UV) sync --frozen --quiet --inexact --group bench
	@$(MAKE) --no-print-directory -j2 tests types

.PHONY: tests
tests:
	$(RUN) --group bench pytest -q -x -n 2

tools: ## install the browser and kubectl that tests need, or say which tests are not run
	@.ci/tools

lint: env
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	.ci/desk lint

types: env
	nice $(RUN) pyright
	nice .ci/desk types test

contracts: env
	$(RUN) lint-imports

unit: env ## only the fast tests
	$(RUN) pytest -q tests/unit

integration: env
	$(RUN) pytest -q tests/integration

e2e: env
	$(RUN) pytest -q tests/e2e

soak: env tools ## long runs under faults; they go on where the last ended, and add up in build/soak.ndjson
	$(RUN) pytest -q -m slow --timeout 7200 tests/e2e/test_soak.py

bench: env ## measure: ratios against the raw limits and the peer, in one run
	$(RUN) --group bench recoup bench
	$(RUN) --group bench python -m bench.parse.compare
	$(RUN) --group bench python -m bench.tic.compare

pages: env ## write every page that is generated from code
	$(RUN) python -m recoup.docs

docs: pages site ## write the generated pages and build the documentation site into build/site

site: env ## build the documentation site; a broken link is an error
	NO_MKDOCS_2_WARNING=1 $(RUN) --group docs mkdocs build --strict --quiet

desk: ## check the desk's sources and build the files that the gateway serves (needs Node)
	.ci/desk lint types test build

coverage: env ## what the unit tests cover, with a floor
	$(RUN) pytest -q -n 2 --cov --cov-report=term:skip-covered tests/unit

clean: ## forget the local stack's state
	rm -rf .recoup
