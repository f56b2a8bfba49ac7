# Every target has one sentence after `##`; `make` alone shows them.
.DEFAULT_GOAL := help
.PHONY: help setup demo test check translations lock fuzz storm simulation orders agree tamper race leak bench screenshots clean

PORT ?= 8000
WORKERS ?= 2
PYTEST_ARGS ?=
FORMS ?= 6000
KILLS ?= 100
RACE_REQUESTS ?= 20000
LEAK ?= 8
PAGES ?= 500
BLOCKS ?= 1000000
LISTS ?= 1000
REAL_STRIDE ?= 431
RUNS ?= 10000
BENCH_ARGS ?=

help: ## Show every target with its sentence.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

setup: ## Install the program as .venv/bin/edc with its locked packages and front-end files.
	@scripts/setup.sh

demo: setup ## Fill the embedded demo study and serve it on 127.0.0.1 (PORT=8000).
	@.venv/bin/edc demo --port $(PORT)

test: ## Run every test on both databases and in the browser (PYTEST_ARGS= for pytest, WORKERS=2).
	@scripts/test.sh $(WORKERS) $(PYTEST_ARGS)

check: ## Check style, types, import contracts, templates and translations.
	@scripts/check.sh

translations: setup ## Compile the Chinese catalogue and list every sentence without Chinese.
	@.venv/bin/python scripts/build_translations.py --check

lock: setup ## Make the lock files anew from pyproject.toml and package.json.
	@scripts/lock.sh

fuzz: ## Send random forms to every CRF on both databases; none may be a fault (FORMS=6000).
	@scripts/setup.sh --development
	@.venv/bin/python scripts/system_packages.py postgresql
	@EDC_FUZZ=$(FORMS) .venv/bin/python -m pytest -q -s --timeout 3600 tests/web/test_fuzz.py

storm: ## Kill saving processes again and again on both databases; nothing answered may be lost (KILLS=100).
	@scripts/setup.sh --development
	@.venv/bin/python scripts/system_packages.py postgresql
	@EDC_KILLS=$(KILLS) .venv/bin/python -m pytest -q --timeout 3600 tests/services/test_killed_saves.py

simulation: ## Compare the designs anew and bring docs/randomization.md up to date (RUNS=10000).
	@scripts/setup.sh --development
	@.venv/bin/edc randomization simulate --runs $(RUNS) --docs docs

orders: ## Look at the orders of many drawn blocks by a chi-square test (BLOCKS=1000000).
	@scripts/setup.sh --development
	@EDC_BLOCKS=$(BLOCKS) .venv/bin/python -m pytest -q -s --timeout 3600 tests/randomization/test_properties.py

agree: ## Compare random lists with those of a second implementation in another language (LISTS=1000).
	@scripts/setup.sh --development
	@EDC_LISTS=$(LISTS) .venv/bin/python -m pytest -q -s --timeout 3600 tests/randomization/test_second_implementation.py

tamper: ## Turn every bit of lists and allocation rows on both databases; each must be noticed (REAL_STRIDE=431).
	@scripts/setup.sh --development
	@.venv/bin/python scripts/system_packages.py postgresql
	@EDC_TAMPER_STRIDE=1 EDC_TAMPER_REAL_STRIDE=$(REAL_STRIDE) .venv/bin/python -m pytest -q -s --timeout 36000 tests/randomization/test_tampered_files.py tests/randomization/test_verifier.py tests/services/test_verification.py

race: ## Let 64 clients randomise while workers are killed, on both databases (RACE_REQUESTS=20000).
	@scripts/setup.sh --development
	@.venv/bin/python scripts/system_packages.py postgresql
	@.venv/bin/python -m bench.race --requests $(RACE_REQUESTS)

leak: ## Compare two studies that differ in the arms alone, as every masked role (LEAK=8 participants, PAGES=500 each).
	@scripts/setup.sh --development
	@.venv/bin/python scripts/system_packages.py postgresql
	@EDC_LEAK=$(LEAK) EDC_LEAK_PAGES=$(PAGES) .venv/bin/python -m pytest -q -s -p no:randomly --timeout 36000 tests/house/test_leaks.py

bench: ## Measure the program against a bare application (BENCH_ARGS=).
	@scripts/setup.sh --development
	@.venv/bin/python scripts/system_packages.py postgresql
	@.venv/bin/python -m bench $(BENCH_ARGS)

screenshots: ## Take the pictures of the demo study in both languages.
	@scripts/setup.sh --development
	@.venv/bin/python scripts/system_packages.py chromium fonts
	@.venv/bin/python scripts/screenshots.py

clean: ## Remove what the set-up and the tools made; the data in instance/ stay.
	@scripts/clean.sh
