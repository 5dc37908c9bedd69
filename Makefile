# Everything sets itself up: a virtual environment in .venv, from the package indexes that pip is configured for.

# PYTHON=python3.12 chooses one: on make's command line or in the environment. An environment that exists keeps its own.
ifndef PYTHON
PYTHON := $(shell for p in python3.14 python3.13 python3.12 python3.11 python3; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { echo $$p; break; }; done)
endif
BIN := .venv/bin

.PHONY: help demo install test cover lint golden bench faults soak machines fuzz clients conformance package first-answer docs clean

help: ## show this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: .venv/run ## watch an assistant's conversation with the sandbox's tasks
	@$(BIN)/waylay-tasks-mcp demo

install: .venv/run ## put this server into a client's configuration: CLIENT=vscode, ARGS="--read-only" and the like
	@$(BIN)/waylay-tasks-mcp install $(if $(CLIENT),--client $(CLIENT)) $(ARGS)

test: .venv/dev ## run the tests
	@$(BIN)/python -m pytest tests

cover: .venv/dev ## run the tests and report what they do not reach in tools, server and prompts
	@$(BIN)/python -m coverage erase
	@$(BIN)/python -m coverage run -m pytest tests
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

lint: .venv/dev ## check style and types
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/pyright

golden: .venv/dev ## write anew what is generated: the golden tool list, parts of the documentation, server.json, the bundle's manifest
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

package: .venv/dev ## build wheel, sdist and .mcpb bundle into dist, and check and install them in every way
	@$(BIN)/python -m tests.packaging

first-answer: .venv/dev ## time the way from a fresh clone to a first answer in a client, and take it
	@$(BIN)/python -m tests.first_answer

docs: .venv/docs ## check the documentation's style, and make a site of it in build/docs; a broken link is an error
	@$(BIN)/pymarkdown --strict-config scan README.md CONTRIBUTING.md docs
	@$(BIN)/python -m sphinx --quiet --nitpicky --fail-on-warning --keep-going --builder html docs build/docs
	@echo "The documentation is in build/docs/index.html"

clean: ## remove what make has built
	rm -rf .venv .venv-* build dist .pytest_cache .ruff_cache .hypothesis .coverage .coverage.* htmlcov

.venv/run: pyproject.toml
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed (Debian: python3-venv)" >&2; exit 1; }
	@test -x $(BIN)/python || echo "Setting up .venv, which takes about a minute the first time." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/dev: .venv/run pyproject.toml
	@$(BIN)/python -m pip install --quiet --group dev
	@touch $@

.venv/docs: .venv/run pyproject.toml
	@$(BIN)/python -m pip install --quiet --group docs
	@touch $@
