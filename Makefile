PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DUMP := tests/fixtures/models/deeplab-2024-07-regions.mlir

.PHONY: demo test format bench oracle package

demo: $(VENV)/demo.stamp
	@$(BIN)/dispatch-lens check --exit-zero $(DUMP)
	@echo
	@echo "To open it in an editor: any LSP client can run '$(BIN)/dispatch-lens ops --json FILE' today;"
	@echo "the editor set-up is in docs/editors.md."

test: $(VENV)/test.stamp
	$(BIN)/ruff check server grammar tests bench
	$(BIN)/ruff format --check server grammar tests bench
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2

bench: $(VENV)/test.stamp
	$(BIN)/python bench/run.py

oracle: $(VENV)/test.stamp
	DISPATCH_LENS_RANDOM_MODULES=2000 $(BIN)/pytest -n 2 -m oracle tests/oracle

package: $(VENV)/test.stamp
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/demo.stamp: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/test.stamp: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[compiler,test]'
	@touch $@ $(VENV)/demo.stamp
