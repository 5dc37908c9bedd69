# Everything sets itself up: a virtual environment in .venv, from the package indexes that pip is configured for.

PYTHON := $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
BIN := .venv/bin

.PHONY: help demo test cover lint golden bench faults soak machines fuzz clients conformance clean

help: ## show this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: .venv/run ## watch an assistant's conversation with the sandbox's tasks
	@$(BIN)/waylay-tasks-mcp demo

test: .venv/dev ## run the tests
	@$(BIN)/python -m pytest tests

cover: .venv/dev ## run the tests and report what they do not reach in tools, server and prompts
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run -m pytest tests
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

lint: .venv/dev ## check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/pyright

golden: .venv/dev ## write the golden tool list and the README's tables anew
	@$(BIN)/python -m tests.generate

bench: .venv/dev ## measure start-up, calls and the sandbox; printed, not judged
	@$(BIN)/python -m tests.bench

faults: .venv/dev ## hold every operation against every fault of the way to the service, with two seeds
	@$(BIN)/python -m tests.faults

soak: .venv/dev ## load two workers for half an hour (or MINUTES=2), with faults and kills, and compare all books
	@$(BIN)/python -m tests.soak --minutes $${MINUTES:-30}

machines: .venv/dev ## run the state machines for 100,000 steps each, and say what they did
	@$(BIN)/python -m tests.machines $(if $(STEPS),--steps $(STEPS)) $(if $(SEED),--seed $(SEED))

fuzz: .venv/dev ## try 1,000 examples of each property on hostile data, wire and arguments, and say what was tried
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-1000} $(BIN)/python -m pytest -q --timeout=0 --hypothesis-show-statistics \
		tests/fuzz tests/hostile

clients: .venv/dev ## run the vendor's own Python and JavaScript clients against the sandbox
	@$(BIN)/python -m pytest tests/clients/check_vendor_clients.py

conformance: .venv/dev ## let others judge: the protocol's conformance suite, other clients, scanners
	@$(BIN)/python -m tests.judges

clean: ## remove what make has built
	rm -rf .venv .venv-* build dist .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov

.venv/run: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/dev: .venv/run pyproject.toml
	@$(BIN)/python -m pip install --quiet --group dev
	@touch $@
