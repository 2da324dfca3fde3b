# One command each is all the set-up: every target makes .venv and installs what it needs.
PYTHON ?= python3
BIN := .venv/bin
# Tests write and flush many small files: in memory, where there is room for them.
SCRATCH := $(shell test -w /dev/shm && df -Pk /dev/shm | awk 'NR == 2 && $$4 > 2000000 {print "/dev/shm"}')
ifeq ($(SCRATCH),)
SCRATCH := $(or $(TMPDIR),/tmp)
endif
READY := .venv/.ready
# Hundreds of commands are started: compiled once, not every time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check docs transcripts soak bench bench-more conformance clean

demo: $(READY)
	@$(BIN)/nbsync demo

test: check

check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	rm -f .coverage .coverage.*
	TMPDIR=$(SCRATCH) HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} \
		$(BIN)/coverage run -m pytest -n 2 --dist worksteal -m "not soak and not laws"
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --fail-under=95
	$(BIN)/coverage report --fail-under=100 --include='$(CORE)'
	TMPDIR=$(SCRATCH) HYPOTHESIS_PROFILE=$${HYPOTHESIS_PROFILE:-ci} \
		$(BIN)/python -m pytest -n 3 --dist worksteal -m "laws and not soak"

# The pure core: every branch is taken by a test.
CORE := */nbsync/errors.py,*/nbsync/model/*,*/nbsync/reconcile.py,*/nbsync/merge/*,*/nbsync/formats/*

docs: $(READY)
	$(BIN)/python docs/generate.py

transcripts: $(READY)
	NBSYNC_WRITE_TRANSCRIPTS=1 TMPDIR=$(SCRATCH) $(BIN)/python -m pytest -q tests/test_transcripts.py tests/test_errors_table.py

soak: $(READY)
	TMPDIR=$(SCRATCH) HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest -m soak

bench: $(READY)
	$(BIN)/python bench/cost.py $(if $(N),-n $(N),--write docs/reference/cost.md)

bench-more: $(READY)
	PYTHONPATH=tests $(BIN)/python bench/richtext.py
	$(BIN)/python bench/watch.py
	$(BIN)/python bench/profile_pull.py

conformance: $(READY)
	cd conformance && npm install --silent
	PYTHONPATH=tests $(BIN)/python conformance/run.py

clean:
	rm -rf .venv .coverage .coverage.*

$(READY): pyproject.toml src/nbsync/__init__.py
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable ".[sandbox]" --group dev
	@touch $@
