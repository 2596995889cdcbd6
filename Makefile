# Every target sets up what it needs. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
LOCALSTACK := $(PYTHON) -m localstack
# Hundreds of modules would be compiled again by every process that imports them.
unexport PYTHONDONTWRITEBYTECODE
# Whose wheels are built, and on what the functions run: arm64 or x86_64.
ARCHITECTURE ?= arm64
export ARCHITECTURE
# No report to the vendor, and no wait for it where there is no internet.
export SAM_CLI_TELEMETRY := 0
# Which environment of samconfig.toml `make deploy` goes to.
CONFIG_ENV ?= staging
CHECKED := $(wildcard functions layers/common/frontdesk localstack operations evals benchmarks tests scripts)

.PHONY: help setup dev test fuzz token chat seed clean logs shell migrate dlq redrive discard keys reindex build deploy lint format \
	bench chaos malicious eval sam-env lock web browser

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-10s %s\n", $$1, $$2 }'

setup: ## Make .venv with everything pinned (quick when nothing changed)
	@scripts/setup.sh

dev: setup ## Run the whole system on this machine, in the foreground
	@exec $(LOCALSTACK) up

token: setup ## Print one credential: EMAIL=…, STAFF=1, ADMIN=1 or SERVICE=1
	@exec $(LOCALSTACK) token

chat: setup ## Talk to the running system in the terminal (EMAIL=… to be a customer)
	@exec $(LOCALSTACK) chat

seed: setup ## Load the sample data into the running system
	@exec $(LOCALSTACK) seed

logs: setup ## Follow the logs of all functions of the running system
	@exec $(LOCALSTACK) logs

shell: setup ## Open a Python shell with the running system's objects
	@exec $(LOCALSTACK) shell

migrate: setup ## Apply the schema migrations to the running system's database
	@exec $(LOCALSTACK) migrate

dlq: setup ## List the messages that could not be answered (STACK=name for a stack on AWS)
	@exec $(PYTHON) -m operations dlq

keys: setup ## Change services' keys: DO=create, rotate, revoke or list, NAME=…, HOURS=24
	@exec $(PYTHON) -m operations keys $(or $(DO),list) $(NAME)

redrive: setup ## Bring them back to life: all, or TASK=id (STACK=name for a stack on AWS)
	@exec $(PYTHON) -m operations redrive

discard: setup ## Remove one of them for good: TASK=id (STACK=name for a stack on AWS)
	@exec $(PYTHON) -m operations discard

reindex: setup ## Embed the knowledge with MODEL=… beside the present one, then switch (STACK=name for AWS)
	@exec $(PYTHON) -m operations reindex

clean: setup ## Remove all local state
	@exec $(LOCALSTACK) clean

test: setup web ## Run all tests
	@exec $(PYTHON) -m pytest -n 2

fuzz: setup ## Send requests nobody thought of to every route, with each kind of credential
	@exec $(PYTHON) -m tests.support.fuzzing

malicious: setup ## Let a model do its worst, 10,000 tool calls long (MALICIOUS_TOOL_CALLS, _SEED)
	@MALICIOUS_TOOL_CALLS=$${MALICIOUS_TOOL_CALLS:-10000} $(PYTHON) -m pytest --timeout 3600 \
		tests/integration/agent_worker/test_malicious_model.py

lint: setup ## Run all static checks
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy $(CHECKED)
	@.venv/bin/lint-imports
	@.venv/bin/cfn-lint template.yaml
	@.venv/bin/sam validate --lint
	@$(PYTHON) scripts/web.py check

web: setup ## Build the widget and the console, where Node is there (quick when nothing changed)
	@$(PYTHON) scripts/web.py

browser: ## Make sure that there is a Chromium for the tests of the pages
	@scripts/browser.sh

format: setup ## Format the code and mend what ruff can mend
	@$(PYTHON) -m ruff check --fix .
	@$(PYTHON) -m ruff format .

build: setup ## Build the functions and the layer for AWS
	@.venv/bin/sam build

deploy: setup web ## Build and deploy to AWS (CONFIG_ENV=staging or prod, PARAMETERS='Name=value …')
	@$(PYTHON) scripts/deploy.py $(CONFIG_ENV) \
		Environment=$(CONFIG_ENV) Architecture=$(ARCHITECTURE) $(PARAMETERS)
	@$(PYTHON) -m operations.pages frontdesk-$(CONFIG_ENV)

eval: setup ## Evaluate routing, retrieval and conversations; prints the report's path
	@exec $(PYTHON) -m evals

bench: setup ## Measure starts, answers, lists and searches (SCALE=1000000 passages; 100000 by default)
	@exec $(PYTHON) -m benchmarks

chaos: setup ## Let everything fail, and check that nothing is lost (MESSAGES, CONVERSATIONS, SEED)
	@exec $(PYTHON) -m tests.chaos

chaos-live: setup web ## Break a stack that really runs, and check that nothing is lost (DURATION, SEED, CUSTOMERS)
	@exec $(PYTHON) -m tests.chaos.live

sam-env: setup ## Write the running system's names for sam local, and print the file's path
	@$(PYTHON) scripts/sam_env.py

lock: setup ## Pin the requirements again, with hashes (ARGS=--upgrade for newer versions)
	@scripts/lock.sh $(ARGS)
