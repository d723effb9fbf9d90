# Two commands do everything, in .venv inside this folder:
#
#   make study   set up and run the main study: results/blog/report/
#   make test    set up and run every check: format, lint, types, tests
#
# PYTHON=/path/to/python3.12 picks another Python than the first suitable one on the path.

PYTHON :=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := $(VENV)/.peers
SITE := $(VENV)/.site
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11 python)
SUITS := import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))

.DEFAULT_GOAL := help
.PHONY: help setup study test check format lint types tests docs validate bench bench-smoke clean

help:
	@sed -n '3,6s/^# *//p' Makefile

setup: $(READY)

study: $(READY)
	$(BIN)/ablate sweep experiment=blog

test: lint types tests

check: format test

format: $(READY)
	$(BIN)/ruff format
	$(BIN)/ruff check --fix-only --quiet

lint: $(READY)
	$(BIN)/ruff format --check --quiet
	$(BIN)/ruff check --quiet
	$(BIN)/lint-imports --no-logo > $(VENV)/imports.log || { cat $(VENV)/imports.log; exit 1; }

types: $(READY)
	$(BIN)/mypy

# Three processes on two cores, because many tests wait for processes of their own; each has a third of the files in
# order, so that what the tests of a file share is trained once.
tests: $(READY)
	$(BIN)/python -m pytest -q -n 3 --dist worksteal

# The site in build/docs: open index.html; warnings are errors. Once its packages are installed it needs no network.
docs: $(SITE)
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs build/docs

# The slow half: full-size simulations and the trials that must read as chance. Its results are committed.
validate: $(READY)
	$(BIN)/python -m validation
	$(BIN)/python -m validation.reviewers
	$(BIN)/python -m validation.kills
	$(BIN)/python -m validation.scale
	$(BIN)/python -m validation.losspaths
	$(BIN)/python -m validation.repeats
	$(BIN)/python -m validation.asked
	$(BIN)/python -m validation.chance
	$(BIN)/python -m validation.program_chance
	$(BIN)/python benchmarks/analysis.py
	$(BIN)/python benchmarks/report.py
	$(BIN)/python benchmarks/search_replay.py
	$(BIN)/python -m benchmarks.search_idle
	$(BIN)/python -m benchmarks.overhead
	$(BIN)/python benchmarks/hydra_multirun.py
	$(BIN)/python -m pytest -q -m slow

# Side by side with what people use instead, for about 40 minutes; results/published/bench/ is committed.
bench: $(PEERS)
	$(BIN)/python -m benchmarks

# Whether a ratio has fallen since: two minutes, and no peer but Keras.
bench-smoke: $(READY)
	$(BIN)/python -m benchmarks.smoke

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Made anew only when what is to be installed changes.
$(READY): pyproject.toml constraints.txt
	@for python in $(CANDIDATES); do \
	    if "$$python" -c "$(SUITS)" 2>/dev/null; then found="$$python"; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "ablate needs Python 3.11, 3.12 or 3.13 with venv; none of these is one: $(CANDIDATES). Name one: make PYTHON=/path/to/python3.12" >&2; \
	    exit 1; \
	fi; \
	"$(BIN)/python" -c "$(SUITS)" 2>/dev/null || "$$found" -m venv --clear $(VENV)
	@echo "Installing into $(VENV); the first time this takes a few minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev]"
	@touch $@

# What the site is built with.
$(SITE): $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev,docs]"
	@touch $@

# What the benchmarks compare with; nobody else needs it.
$(PEERS): $(READY)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[dev,bench]"
	@touch $@
