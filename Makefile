# Two commands do all the set-up: `make demo` and `make test`.

VENV := .venv
BIN := $(VENV)/bin

# The first interpreter that is new enough; `make demo PYTHON=/path/to/python` overrides it.
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)

export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_NO_INPUT := 1

.PHONY: help demo test lint docs bench bench-10m bench-large reliability clean

help:
	@echo "make demo    set up .venv and run the whole loop on real data into ./demo"
	@echo "make test    set up .venv and run every check: lint, types, import contracts, tests"
	@echo "make lint    the checks without the tests"
	@echo "make docs    rewrite the generated pages and pictures of the docs"
	@echo "make bench   time start-up, small comparisons, whole evaluations, and the scheduler's load"
	@echo "make bench-10m     whole evaluations of ten million cases"
	@echo "make bench-large   evaluate 100 million cases in 2 GB (with 5 GB of temporary files)"
	@echo "make reliability   kill, race, fill up and simulate for an hour: one table of what holds"
	@echo "make clean   remove .venv, ./demo and everything built"

demo: $(VENV)/.installed
	rm -rf demo
	$(BIN)/loopqa demo demo

test: lint
	$(BIN)/pytest -n auto -m "not slow"

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.installed-dev
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/pictures.py

bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/small_compare.py
	$(BIN)/python benchmarks/cycles.py
	$(BIN)/python benchmarks/evaluation.py
	$(BIN)/python benchmarks/comments.py
	$(BIN)/python benchmarks/plugin_rows.py
	$(BIN)/python benchmarks/scheduler.py --due 10000 --rows 100000
	$(BIN)/python benchmarks/contention.py --seconds 10

bench-10m: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/evaluation.py --rows 10000000 --form parquet --repeat 3

bench-large: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/evaluation.py --rows 100000000 --form parquet --repeat 1 --only loopqa \
		--limit-mb 2048

# ARGS=--quick takes four minutes; ARGS="--only killing" runs one piece, ARGS=--list names them.
reliability: $(VENV)/.installed-dev
	$(BIN)/python -m tests.reliability.report $(ARGS)

clean:
	rm -rf $(VENV) demo build dist

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "LoopQA needs Python 3.11 or newer, and none was found:" \
		"install one, or name it with 'make PYTHON=/path/to/python ...'" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)

# The stamps make a second call fast; a change of the dependencies installs anew.
$(VENV)/.installed: pyproject.toml | $(BIN)/python
	@echo "Installing LoopQA into $(VENV) (once; a minute or two)"
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

# Older versions of pip do not know dependency groups.
$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	@echo "Installing LoopQA and its development tools into $(VENV) (once; a minute or two)"
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@ $(VENV)/.installed
