PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DUMP := tests/fixtures/models/deeplab/2024-07/seed.form-dispatch-regions.mlir
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test oracle bench package

demo: $(VENV)/demo.stamp
	@$(BIN)/dispatch-lens check --exit-zero $(DUMP)
	@echo
	@echo "To read it in an editor: start '$(abspath $(BIN))/dispatch-lens serve' as the language server of .mlir files;"
	@echo "docs/editors.md has the few lines for VS Code, Neovim, Emacs, Vim, Helix, Zed, Sublime and Kakoune."

test: $(VENV)/test.stamp
	$(BIN)/ruff check server grammar tests bench
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/pytest -n 2 tests

oracle: $(VENV)/test.stamp
	DISPATCH_LENS_ORACLE_SEEDS=2000 $(BIN)/pytest -n 2 tests/oracle

bench: $(VENV)/test.stamp
	$(BIN)/python bench/run.py

package: $(VENV)/demo.stamp
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/demo.stamp: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/test.stamp: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable '.[test,compiler]'
	@touch $@ $(VENV)/demo.stamp
