# make run: the dashboard on http://127.0.0.1:8050, with demo data and a shipped model.
# make check: while working, in a minute and a half: lint, types, and the unit tests of what a change touches.
# make test: what has to hold before a change lands. make test-all: also what takes long, before a release.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Tests start some hundred processes: each would compile every module anew where this is set.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: run test test-all check lint lint-js format types collected unit unit-js browser coverage live-clients nightly seconds bench bench-quick screenshots words clean

# A twentieth of the tests takes as long as all others: processes killed under load, weeks of exports, Spark, training in
# every way it can end, each tracker in all its forms. Of each of these, what usually happens stays among the others.
WHICH = -m "not slow"

run: $(VENV)/.run-installed
	$(BIN)/python -m core serve

# What takes one processor runs side by side, also the installations before it. So do the tests, which wait a lot: for
# servers, job workers and browsers to come up; and the types beside them, which take a minute of one processor.
test:
	$(MAKE) --no-print-directory -j 2 --output-sync lint collected unit-js
	$(MAKE) --no-print-directory -j 3 --output-sync types unit browser

test-all:
	$(MAKE) --no-print-directory test WHICH=

check: lint types
	@tests="$$($(BIN)/python -m tools.affected_tests)"; [ -z "$$tests" ] || \
	  $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder $$tests

lint: $(VENV)/.test-installed lint-js
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.test-installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.test-installed
	$(BIN)/mypy

# Compiles the tests once, where otherwise each process of theirs would.
collected: $(VENV)/.test-installed
	@said="$$($(BIN)/python -m pytest --collect-only --quiet 2>&1)" || { echo "$$said"; exit 1; }

# Where nobody watches, a test that failed beside thousands of others is run once more by itself, aloud: what passes
# then hung on the machine's load or on chance, is listed above that run, and has to be looked into. Elsewhere, as by
# hand, the first failure counts.
once_more = || { [ -n "$$CI" ] && echo "--- Run once more by themselves: the $(1) tests that failed above ---" && \
  $(BIN)/python -m pytest $(2) -o cache_dir=.pytest_cache/$(1) --last-failed --last-failed-no-failures none; }

# Three times as many processes as cores: much of a test's time it waits, for a server or a job worker to come up.
# With twice as many, a third of both cores' time nobody used.
unit: $(VENV)/.test-installed system-packages
	$(BIN)/python -m pytest --ignore=tests/browser $(WHICH) -n 6 --dist loadfile --no-loadscope-reorder \
	  -o cache_dir=.pytest_cache/unit $(call once_more,unit,--ignore=tests/browser)

# Processes of their own: their event loop and server would be in the way of the others.
browser: $(VENV)/.test-installed system-packages node_modules/.installed
	$(BIN)/python -m pytest tests/browser $(WHICH) -n 2 --dist loadfile --no-loadscope-reorder \
	  -o cache_dir=.pytest_cache/browser $(call once_more,browser,tests/browser)

# How much of the core its unit tests run through, line by line and branch by branch.
coverage: $(VENV)/.test-installed system-packages
	$(BIN)/python -m pytest tests/core tests/road -n 3 --dist loadfile --no-loadscope-reorder --cov=core --cov-report=term

# Real tracking SDKs for Node and for browsers, from their registry, against a real server; those for Python are part of
# `unit`.
live-clients: $(VENV)/.test-installed system-packages
	npm ci --silent --prefix tests/live_clients
	$(BIN)/python -m pytest tests/live_clients

# Other examples than by day.
nightly: $(VENV)/.test-installed
	HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -n 3 -m "not server and not browser"

# Times every file of tests anew, for the order they begin in.
seconds: $(VENV)/.test-installed system-packages
	$(BIN)/python -m pytest --ignore=tests/browser -n 1 --dist loadfile --write-seconds

# The scripts of the pages: checked by eslint, tested by Node's own runner.
lint-js: node_modules/.installed
	npm run --silent lint

unit-js: node_modules/.installed
	npm test --silent

bench: $(VENV)/.test-installed
	$(BIN)/python benchmarks/scale.py
	$(BIN)/python benchmarks/results.py
	$(BIN)/python benchmarks/decisions.py
	$(BIN)/python benchmarks/whatif.py
	$(BIN)/python benchmarks/train.py
	$(BIN)/python benchmarks/live.py

# Small sizes, each against its baseline in turn: says which ratio got worse than the spread of those before.
bench-quick: $(VENV)/.test-installed
	$(BIN)/python benchmarks/quick.py

# Every page at two widths in two themes, into screenshots/; and the pictures of the README and the guide.
screenshots: $(VENV)/.test-installed system-packages
	$(BIN)/python tests/browser/screenshots.py screenshots
	$(BIN)/python tests/browser/screenshots.py --guide docs/pictures

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.run-installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

# Most of the modules are never imported; those that are get compiled then. uv unpacks two gigabytes on all
# processors; where it doesn't reach the packages as pip is set up to, pip installs them.
$(VENV)/.test-installed: $(wildcard requirements*.txt) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet uv \
	  && UV_HTTP_RETRIES=0 UV_HTTP_TIMEOUT=20 $(BIN)/uv pip install --quiet --python $(BIN)/python \
	    -r requirements-dev.txt \
	  || $(BIN)/python -m pip install --quiet --no-compile -r requirements-dev.txt
	touch $@

node_modules/.installed: package-lock.json
	command -v npm >/dev/null || sh .ci/system-packages
	npm ci --silent
	touch $@

# A real browser, a real PostgreSQL, Java (for Spark) and Node for the tests, all from Debian.
.PHONY: system-packages
system-packages:
	@sh .ci/system-packages

# Every sentence a user can read, file by file, to read it through.
words: $(VENV)/.test-installed
	$(BIN)/python -m tools.words > words.txt

clean:
	rm -rf $(VENV) node_modules data .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage* htmlcov screenshots words.txt
