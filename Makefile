# make run: the dashboard on http://127.0.0.1:8050, with demo data and a shipped model.
# make test: everything that has to hold before a change lands.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test lint lint-js format types unit unit-js bench screenshots clean

run: $(VENV)/.run-installed
	$(BIN)/python -m core serve

test: lint types unit

lint: $(VENV)/.test-installed lint-js
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.test-installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/.test-installed
	$(BIN)/mypy core

# Browser tests have processes of their own: their event loop and server would be in the way of the others. They
# keep their order: what looks at the demo shop comes before what uploads something newer.
unit: $(VENV)/.test-installed system-packages unit-js
	$(BIN)/python -m pytest --ignore=tests/browser -n 3 --dist loadscope
	$(BIN)/python -m pytest tests/browser -n 3 --dist loadscope --no-loadscope-reorder

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

screenshots: $(VENV)/.test-installed system-packages
	$(BIN)/python tests/browser/screenshots.py screenshots

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed.")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip

$(VENV)/.run-installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/.test-installed: $(wildcard requirements*.txt) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

node_modules/.installed: package-lock.json
	command -v npm >/dev/null || sh .ci/system-packages
	npm ci --silent
	touch $@

# A real browser, a real PostgreSQL, Java (for Spark) and Node for the tests, all from Debian.
.PHONY: system-packages
system-packages:
	@sh .ci/system-packages

clean:
	rm -rf $(VENV) node_modules data .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage* htmlcov screenshots
