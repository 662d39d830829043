# make run    set everything up and open the window (no display: do the same job headless into out/)
# make test   set everything up and run every check
# make bench  time what users wait for, beside a peer
# make soak   ten minutes of random clicks, keys, drops and sizes on the real window
# make pictures  every picture of README and guide, from the real window
# make bundle one folder that runs where no Python is: dist/msgui/msgui
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
LIGHT  := .venv-headless
PIP    := -m pip install --quiet --disable-pip-version-check

.PHONY: run test bench soak pictures bundle lint headless gui cli clean help
.DEFAULT_GOAL := help

help:
	@sed -n 's/^# //p' $(firstword $(MAKEFILE_LIST))

$(VENV)/.run: pyproject.toml constraints.txt
	@bash tests/setup_system.sh $(PYTHON)
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(PIP) -c constraints.txt -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run
	$(BIN)/python $(PIP) -c constraints.txt -e ".[dev,train]"
	@touch $@

# The domain must work where neither Qt nor torch is installed: this environment has neither.
$(LIGHT)/.ready: pyproject.toml constraints.txt
	@bash tests/setup_system.sh $(PYTHON)
	$(PYTHON) -m venv $(LIGHT)
	$(LIGHT)/bin/python tests/headless_requirements.py > $(LIGHT)/requirements.txt
	$(LIGHT)/bin/python $(PIP) -c constraints.txt -r $(LIGHT)/requirements.txt
	$(LIGHT)/bin/python $(PIP) --no-deps -e .
	@touch $@

run: $(VENV)/.run
	@$(BIN)/python -m msgui example --out out

test: lint headless gui cli

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

headless: $(LIGHT)/.ready
	$(LIGHT)/bin/python -m pytest tests --ignore=tests/gui --ignore=tests/training

gui: $(VENV)/.test
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m pytest tests/gui tests/training tests/prediction \
		tests/benchmark tests/trust tests/commands/test_predict.py

cli: $(VENV)/.run
	bash tests/tour.sh $(BIN)/python

bench: $(VENV)/.test
	$(BIN)/python benchmarks/run_all.py

soak: $(VENV)/.test
	QT_QPA_PLATFORM=offscreen $(BIN)/python -m tests.gui.soak --minutes 10

pictures: $(VENV)/.run
	$(BIN)/python packaging/pictures.py

bundle: $(VENV)/.run
	$(BIN)/python $(PIP) -c constraints.txt -e ".[bundle]"
	$(BIN)/pyinstaller --noconfirm packaging/msgui.spec
	bash packaging/try_bundle.sh dist/msgui/msgui

clean:
	rm -rf $(VENV) $(LIGHT) out dist build
