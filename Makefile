# make demo: the main job on the sample table, and a leaky table caught.   make test: everything that must hold.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
OUT ?= out
DATA ?=

.PHONY: setup demo test test-all lint gallery clean
setup: .venv/ready

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[all,dev]'
	touch $@

demo: setup
	rm -rf $(OUT)/demo
	@echo "== 1. a regulated table in, an audited release out"
	$(BIN)/tabsynth release sample_data/admissions.parquet --schema sample_data/schema.toml \
		--rules sample_data/rules.toml --key sample_data/demo.key --ledger $(OUT)/demo/ledger --seed 1 \
		--out $(OUT)/demo/bundle
	@echo "== 2. the recipient's check, offline"
	$(BIN)/tabsynth verify $(OUT)/demo/bundle
	@echo "== 3. a table that leaks on purpose: the audit must say FAIL"
	$(BIN)/python sample_data/make_leaky.py --out $(OUT)/demo/tables
	@$(BIN)/tabsynth audit --train $(OUT)/demo/tables/train.parquet --control $(OUT)/demo/tables/control.parquet \
		--synthetic $(OUT)/demo/tables/leaky.parquet --schema sample_data/schema.toml --seed 1 \
		--out $(OUT)/demo/leaky; code=$$?; [ $$code -eq 1 ] || { echo "expected exit code 1, got $$code"; exit 1; }
	@echo "== done: open $(OUT)/demo/bundle/report.html and $(OUT)/demo/leaky/report.html"

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest -n 2 $(if $(DATA),--data=$(abspath $(DATA)))

test-all: lint
	$(BIN)/pytest -n 2 -m "slow or not slow" $(if $(DATA),--data=$(abspath $(DATA)))

clean:
	rm -rf .venv $(OUT) .mypy_cache .ruff_cache .pytest_cache
