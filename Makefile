# PYTHON makes the virtual environment VENV, into which PACKAGE is installed:
# this folder, or, as in .ci/run, a wheel.
PYTHON ?= python3
VENV ?= .venv
PACKAGE ?= --editable .

BIN = $(VENV)/bin
PIP_INSTALL = $(BIN)/python -m pip install --constraint constraints.txt
# A change of these files installs the package again.
PROJECT = setup.cfg pyproject.toml constraints.txt

.PHONY: help demo test test-all lint docs
.DELETE_ON_ERROR:

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' Makefile

demo: export HF_HUB_OFFLINE = 1
demo: $(VENV)/.installed  ## label the sections of the example papers
	$(BIN)/python -m spacy_imrad label examples/*.md examples/*.txt

test: export HF_HUB_OFFLINE = 1
test: $(VENV)/.installed-test  ## test what a user installs
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-all: export HF_HUB_OFFLINE = 1
test-all: $(VENV)/.installed-test-all  ## test that with every extra
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.installed-dev  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy spacy_imrad benchmarks

docs: $(VENV)/.installed-docs  ## make the pages that follow from the code
	$(BIN)/python scripts/reference.py

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(PROJECT) | $(BIN)/python
	$(PIP_INSTALL) $(PACKAGE)
	touch $@

$(VENV)/.installed-%: $(PROJECT) | $(BIN)/python
	$(PIP_INSTALL) $(PACKAGE)"[$*]"
	touch $@
