# Two commands set everything up on a fresh machine: `make demo` and `make test`.
SHELL := /bin/bash
export UV_PROJECT_ENVIRONMENT ?= .venv
UV := $(shell command -v uv 2>/dev/null || echo .uv-bootstrap/bin/uv)
RUN := $(UV) run --frozen
CLAIMS ?= 2000

.PHONY: help env demo up down status test lint types contracts unit integration e2e soak bench asyncapi docs clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

env: .venv/.ready ## create the locked environment

.venv/.ready: uv.lock pyproject.toml
	@[ -x "$(UV)" ] || command -v $(UV) >/dev/null || { \
	  echo "uv not found: installing it into .uv-bootstrap"; \
	  python3 -m venv .uv-bootstrap && .uv-bootstrap/bin/pip --quiet install uv; }
	$(UV) sync --frozen --quiet
	@touch $@

demo: env ## run the whole lifecycle on real files: make demo CLAIMS=20000
	$(RUN) recoup demo --claims $(CLAIMS)

up: env ## start the local stack and leave it running
	$(RUN) recoup up

down: env ## stop the local stack; its state stays
	$(RUN) recoup down

status: env ## what runs where
	$(RUN) recoup ps

test: env lint types contracts ## everything: lint, types, import contracts, all tests
	$(RUN) pytest -q -x -n 2

lint: env
	$(RUN) ruff check .
	$(RUN) ruff format --check .

types: env
	$(RUN) pyright

contracts: env
	$(RUN) lint-imports

unit: env ## only the fast tests
	$(RUN) pytest -q tests/unit

integration: env
	$(RUN) pytest -q tests/integration

e2e: env
	$(RUN) pytest -q tests/e2e

soak: env ## long runs under faults
	$(RUN) pytest -q -m slow --timeout 3600

bench: env ## measure: ratios against the raw limits and the peer, in one run
	$(RUN) --group bench recoup bench
	$(RUN) --group bench python -m bench.parse.compare
	$(RUN) --group bench python -m bench.tic.compare

asyncapi: env ## write docs/asyncapi.json from the contracts
	$(RUN) python -m recoup.docs

docs: asyncapi ## write every generated page

clean: ## forget the local stack's state
	rm -rf .recoup
