PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DUMP := tests/fixtures/models/deeplab/2024-07/seed.form-dispatch-regions.mlir

.PHONY: demo test types oracle package

demo: $(VENV)/demo.stamp
	@$(BIN)/dispatch-lens check --exit-zero $(DUMP)
	@echo
	@echo "To read it beside an editor: '$(BIN)/dispatch-lens check --format github FILE' prints one FILE:LINE remark a line;"
	@echo "a language server is not part of this version."

test: $(VENV)/test.stamp
	$(BIN)/ruff check server grammar tests
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 tests/test_outline.py tests/test_dump.py tests/test_rules.py

types: $(VENV)/oracle.stamp
	$(BIN)/pyright

oracle: $(VENV)/oracle.stamp
	$(BIN)/pytest -n 2 tests

package: $(VENV)/test.stamp
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/demo.stamp: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/test.stamp: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[test]'
	@touch $@ $(VENV)/demo.stamp

$(VENV)/oracle.stamp: $(VENV)/test.stamp
	$(BIN)/pip install --quiet --editable '.[compiler]'
	@touch $@
