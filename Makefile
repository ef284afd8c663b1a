# `make check` is everything that must hold before a change goes in; .ci/run does the same on a fresh machine.
PYTHON ?= .venv/bin/python

.PHONY: check lint test conformance
check: lint test

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy

test:
	$(PYTHON) -m pytest

conformance:
	cd tests && $(abspath $(PYTHON)) -m conformance -j 2 $(MODULES)
