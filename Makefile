# Everything a person does here, by name. `make` alone lists it.
VENV_PYTHON := .venv/bin/python
# The stamps are made by requirements/install.sh: one for each lock file that .venv holds.
LOCAL := .venv/.installed-local
DEV := .venv/.installed-dev

# Where the environment forbids Python to keep what it compiled, each process would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run demo test test-fast fuzz check bench faults lock clean

help: ## say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(LOCAL) ## start everything on this machine; Ctrl-C stops it (PORT, EMULATOR_PORT)
	@$(VENV_PYTHON) -m propertyapp.local run

demo: $(LOCAL) ## send a lease, sign it as every party, check the signed PDF; no hands
	@$(VENV_PYTHON) -m propertyapp.local demo

test: $(DEV) ## every test (ARGS="tests/leases -k renewal" chooses some)
	@$(VENV_PYTHON) -m tests.browser
	@$(VENV_PYTHON) -m pytest -n auto --maxprocesses 4 --dist worksteal --ignore tests/benchmarks $(ARGS)

test-fast: $(DEV) ## the tests without servers or browsers: documents, definitions, answers, budget, lease rules
	@FAST=1 $(VENV_PYTHON) -m pytest -q -n auto --maxprocesses 4 --dist worksteal --ignore tests/leases/admin tests/leases tests/how_to \
	  tests/esign/documents tests/esign/docusign tests/esign/envelopes tests/esign/evidence docusign_emulator/tests/pdf $(ARGS)

fuzz: $(DEV) ## the property-based tests with new random examples each time (FUZZ_EXAMPLES of each)
	@HYPOTHESIS_PROFILE=random $(VENV_PYTHON) -m pytest -q -n auto --maxprocesses 4 docusign_emulator/tests/test_fuzz.py \
	  docusign_emulator/tests/pdf tests/leases/test_state_machine.py tests/leases/test_terms.py tests/esign/documents $(ARGS)

check: $(DEV) ## lint, types, import contracts, migrations, deployment settings
	@sh .ci/check

bench: $(DEV) ## speed against named peers, side by side
	@for name in tests.benchmarks.bench_render tests.benchmarks.bench_dispatch tests.benchmarks.bench_campaign \
	  tests.benchmarks.bench_rehearsal tests.benchmarks.bench_webhook docusign_emulator.tests.bench_emulator; do echo "-- $$name"; \
	  $(VENV_PYTHON) -m $$name || exit 1; done

faults: $(DEV) ## the long fault experiments: kills, freezes, outages; writes docs/reliability.md
	@mkdir -p var
	@FAULTS=long bash .ci/on_postgres $(VENV_PYTHON) -m pytest -n auto --maxprocesses 4 tests/faults -m faults --junitxml var/faults.xml $(ARGS)
	@$(VENV_PYTHON) -m tests.faults.guards | tee var/guards.txt
	@$(VENV_PYTHON) -m tests.faults.report var/faults.xml var/guards.txt

lock: $(DEV) ## compile requirements/*.in to pinned files with hashes
	@cd requirements && for name in base local dev; do echo "Locking $$name"; \
	  uv pip compile -q --generate-hashes --universal --python-version 3.11 --no-emit-index-url \
	    --custom-compile-command "make lock" $$name.in -o $$name.txt || exit 1; done
	@cd docusign_emulator/requirements && echo "Locking the emulator's" && uv pip compile -q --generate-hashes --universal \
	    --python-version 3.11 --no-emit-index-url --custom-compile-command "make lock" base.in -o base.txt

clean: ## forget everything local: the environment, the state, the caches
	rm -rf .venv var staticfiles .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(LOCAL): requirements/local.txt
	@sh requirements/install.sh local

$(DEV): requirements/dev.txt
	@sh requirements/install.sh dev
