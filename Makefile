# What people type and what CI runs. The first target that needs it sets everything up in .venv.

.DEFAULT_GOAL := help
.PHONY: help demo test lint types format docs pictures bench clean setup browser
.DELETE_ON_ERROR:

PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.installed
BENCH_STAMP := .venv/.installed-bench
PYTEST_ARGS ?= --cov
TEST_PROCESSES ?= 2
BENCH_ARGS ?=

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1 \t\2/p' $(MAKEFILE_LIST)

demo: $(STAMP) ## a producer and consumers with known faults, audited
	@$(BIN)/auditor demo

test: $(STAMP) browser ## all tests, those against real PostgreSQL servers too, with branch coverage
	$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadscope $(PYTEST_ARGS)

lint: $(STAMP) ## style, format, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(STAMP) ## mypy --strict
	$(BIN)/mypy

format: $(STAMP) ## rewrite the files as lint wants them
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP) ## write the pages of docs/ that are made from the code, and the charts of the HTML report
	@$(BIN)/python -m docs.generator

pictures: $(STAMP) ## draw the pictures of docs/ anew, from what the demo shows
	@$(BIN)/python -m docs.generator.pictures

bench: $(BENCH_STAMP) ## what an audit costs, beside counting and reladiff: minutes; BENCH_ARGS="--events 200000" is quicker
	@$(BIN)/python -m benchmarks $(BENCH_ARGS)

# The tests of the HTML report drive a real browser, and ask axe-core, which npm has, whether everybody can use it.
browser:
	@missing=; command -v npm >/dev/null || missing=npm; \
	command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || \
	    missing="chromium $$missing"; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing; \
	else \
	    echo "warning: the browser tests will fail without $$missing (on Debian and Ubuntu: apt install $$missing)" >&2; \
	fi

clean: ## remove what the targets above made
	rm -rf .venv .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist *.egg-info
	find auditor benchmarks checks docs reports tests -name __pycache__ -prune -exec rm -rf {} +

setup: $(STAMP) ## .venv with everything that the other targets need

$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "error: Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version 2>&1)" \
	         "(name another one: make PYTHON=python3.12 …)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	    echo "error: $(PYTHON) cannot make virtual environments" \
	         "(on Debian and Ubuntu: apt install python3-venv; or name another one: make PYTHON=python3.12 …)" >&2; exit 2; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[test]'
	@touch $@

$(BENCH_STAMP): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[bench]'
	@touch $@
