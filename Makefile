# `make demo` and `make test` each set up all they need in .venv and then do one thing.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
JOBS   ?= auto

.PHONY: demo test lint torture reference docs wheel clean

$(VENV)/.installed-run: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-test: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --editable '.[test,postgresql]'
	@touch $@ $(VENV)/.installed-run

demo: $(VENV)/.installed-run
	$(BIN)/disarm-exchange demo --output demo-output

test: lint
	$(BIN)/python -m pytest -n $(JOBS) -m 'not torture'

lint: $(VENV)/.installed-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

torture: $(VENV)/.installed-test
	$(BIN)/python -m pytest -m torture

reference: $(VENV)/.installed-test
	$(BIN)/python docs/generate.py

docs: $(VENV)/.installed-test
	$(BIN)/python -m sphinx -W -q -b html -d docs/_build/trees docs docs/_build/html
	@echo docs/_build/html/index.html

wheel: $(VENV)/.installed-test
	$(BIN)/pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) demo-output dist docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis
