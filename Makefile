PYTHON ?= python3
VENV := .venv
SEEDS ?= 2000
ORACLE ?= tests/oracle tests/test_lsp_random.py
BIN := $(VENV)/bin
DUMP := tests/fixtures/models/deeplab/2024-07/seed.form-dispatch-regions.mlir
CLIENT := vscode-client
OLDER := $(VENV)/iree-2024
export DISPATCH_LENS_IREE_2024 ?= $(abspath $(OLDER)/bin/python)
E2E = DISPATCH_LENS_PYTHON=$(abspath $(BIN)/python) npm --prefix $(CLIENT) run --silent e2e --
VSIX_SOURCES = $(shell git ls-files server grammar docs/pictures $(CLIENT) ':!$(CLIENT)/test')
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-vscode oracle answers bench counts package vscode

demo: $(VENV)/demo.stamp
	@$(BIN)/dispatch-lens check --exit-zero $(DUMP)
	@echo
	@echo "To read it in an editor: start '$(abspath $(BIN))/dispatch-lens serve' as the language server of .mlir files;"
	@echo "docs/editors.md has the few lines for VS Code, Neovim, Emacs, Vim, Helix, Zed, Sublime and Kakoune."

test: $(VENV)/test.stamp dist/dispatch-lens.vsix
	$(BIN)/ruff check server grammar tests bench
	$(BIN)/lint-imports
	$(BIN)/pyright --pythonpath $(BIN)/python
	npm --prefix $(CLIENT) run --silent test
	$(BIN)/pytest -n 2 -m "not slow" tests
	$(E2E) session behaviour fix fresh trouble trust control

test-vscode: $(VENV)/test.stamp dist/dispatch-lens.vsix
	$(E2E)

oracle: $(VENV)/test.stamp
	DISPATCH_LENS_ORACLE_SEEDS=$(SEEDS) $(BIN)/pytest -n 2 $(ORACLE)

answers: $(VENV)/test.stamp
	$(BIN)/python tests/oracle/answers.py 3.13 $(BIN)/python
	$(BIN)/python tests/oracle/answers.py 2024-07 $(DISPATCH_LENS_IREE_2024)

bench: $(VENV)/test.stamp dist/dispatch-lens.vsix
	$(BIN)/python bench/run.py
	$(BIN)/python bench/server.py
	RECORD=$(abspath docs/performance.md) $(E2E) speed

counts: $(VENV)/test.stamp
	$(BIN)/python bench/dispatch_counts.py $(if $(COMPILER),--compiler $(COMPILER)) $(MODELS)

package: dist/dispatch-lens.vsix
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

vscode: dist/dispatch-lens.vsix
	npm --prefix $(CLIENT) run --silent serve

dist/dispatch-lens.vsix: $(VENV)/demo.stamp $(CLIENT)/node_modules/.package-lock.json $(VSIX_SOURCES)
	@mkdir -p dist
	PYTHON=$(abspath $(BIN)/python) npm --prefix $(CLIENT) run --silent package

$(CLIENT)/node_modules/.package-lock.json: $(CLIENT)/package-lock.json
	npm --prefix $(CLIENT) ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

$(VENV)/demo.stamp: $(VENV)/bin/python pyproject.toml
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/test.stamp: $(VENV)/bin/python $(OLDER)/stamp pyproject.toml
	$(BIN)/pip install --quiet --editable '.[test,compiler]'
	@touch $@ $(VENV)/demo.stamp

$(OLDER)/stamp: $(VENV)/bin/python
	$(PYTHON) -m venv $(OLDER)
	$(OLDER)/bin/pip install --quiet iree-compiler==20240724.964 iree-runtime==20240724.964 numpy
	@touch $@
