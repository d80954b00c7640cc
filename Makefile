# make run · make test · make soak · make bench · make screenshots · make lighthouse · make setup · make lint · make lock
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo -n)
WHOOSH_BACK := $(VENV)/whoosh-2.7.4
TESTS ?= tests

.PHONY: run setup test soak screenshots bench lighthouse lint lock

run: setup
	@$(BIN)/directory serve --demo

setup: $(VENV)/.ready

test: lint
	$(BIN)/python -m pytest -n 2 --dist loadgroup -m "not soak and not pictures" $(TESTS)
	PYTHONPATH=$(WHOOSH_BACK) $(BIN)/python -m pytest -m "not soak and not pictures" tests/index

soak: $(VENV)/.ready-to-develop browser
	$(BIN)/python -m pytest -m soak --hypothesis-profile=soak --durations=10 $(TESTS)

screenshots: $(VENV)/.ready-to-develop browser
	@rm -rf var/screenshots
	$(BIN)/python -m pytest -m pictures $(TESTS)
	@ls var/screenshots | wc -l | xargs -I{} echo "{} pictures in var/screenshots"

# Lighthouse comes from npm into a folder of its own; nothing of it is shipped.
lighthouse: $(VENV)/.ready-to-develop browser
	@command -v npm >/dev/null || { echo "npm is missing: apt-get install npm"; exit 1; }
	@mkdir -p var/lighthouse && npm install --prefix var/lighthouse --silent --no-audit --no-fund lighthouse@12
	$(BIN)/python -m bench.first_view --lighthouse var/lighthouse

bench: $(VENV)/.ready-to-develop
	$(BIN)/python -m bench

lint: $(VENV)/.ready-to-develop browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: $(VENV)/.ready-to-develop
	$(BIN)/uv pip compile pyproject.toml --quiet --universal --generate-hashes --no-header --python-version 3.11 -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --quiet --all-extras --universal --generate-hashes --no-header --python-version 3.11 -c requirements.lock -o requirements-develop.lock
	@echo "whoosh==2.7.4" | $(BIN)/uv pip compile - --quiet --generate-hashes --no-header --no-annotate -o requirements-whoosh-2.7.4.lock

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; name one with make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { $(AS_ROOT) apt-get update -qq && $(AS_ROOT) apt-get install -y -qq python3-venv; } >/dev/null 2>&1 \
	  || { echo "Python's venv is missing and may not be installed here: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv $(VENV)

# requirements.lock is hashed; the build needs only setuptools, which the lock holds too.
$(VENV)/.ready: $(BIN)/python requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (once) …"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready-to-develop: $(VENV)/.ready requirements-develop.lock requirements-whoosh-2.7.4.lock
	@$(PIP) --require-hashes -r requirements-develop.lock
	@rm -rf $(WHOOSH_BACK)
	@$(PIP) --require-hashes --no-deps --target $(WHOOSH_BACK) -r requirements-whoosh-2.7.4.lock
	@touch $@

.PHONY: browser
browser:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { $(AS_ROOT) apt-get update -qq && $(AS_ROOT) apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core; } >/dev/null 2>&1 \
	  || { echo "A browser is missing and may not be installed here: apt-get install chromium"; exit 1; }
