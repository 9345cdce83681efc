# Everything starts from `make run` and `make test`; both set up what they need.
SHELL := /bin/sh
.DEFAULT_GOAL := help
VENV := .venv
REPERE := $(VENV)/bin/repere
READY := $(VENV)/.ready
# The flags Rasa needs, written once; `rasa train` and `rasa shell` with the same flags work too.
RASA_DATA := --domain bot/domain --data data --config config.yml
export RASA_TELEMETRY_ENABLED = false
export SQLALCHEMY_SILENCE_UBER_WARNING = 1
export TF_CPP_MIN_LOG_LEVEL = 3

.PHONY: help setup run test train shell check evaluate format lock clean

help:  ## what can be done here
	@awk -F':.*## ' '/^[a-z]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml .ci/bootstrap
	@sh .ci/bootstrap $(VENV)

setup: $(READY)  ## install Python packages from the lock

run: $(READY)  ## start the whole product
	@$(REPERE) run

test: $(READY)  ## train if needed and run the tests
	@$(REPERE) train --if-changed
	@$(VENV)/bin/python -m pytest $(PYTEST_ARGS)

train: $(READY)  ## train the model
	@$(REPERE) train

shell: $(READY)  ## talk to the bot in the terminal
	@$(REPERE) shell

check: $(READY)  ## linter, formatter, types, content parity
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(REPERE) check

evaluate: $(READY)  ## figures on GOLD=file.jsonl
	@$(REPERE) evaluate $(GOLD) --report results/evaluation

format: $(READY)  ## format the code
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

lock: $(READY)  ## resolve requirements.lock again (hashes, no addresses)
	@sh .ci/lock

clean:  ## remove what was built
	rm -rf $(VENV) .boot .rasa models var results
