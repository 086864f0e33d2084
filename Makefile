# Everything happens in .venv; `make` alone lists the targets.
# The first of these that is Python 3.11 or newer and can make an environment is used; PYTHON=… names another.
PYTHONS := $(or $(PYTHON),python3.11 python3.12 python3.13 python3)
BIN := .venv/bin
BENCH := .venv-bench/bin/python
PIP := pip install --disable-pip-version-check
LOCKED := --require-hashes --only-binary :all:
NODES := $(BIN)/python tests/opensearch/nodes.py

# Compiled modules are kept, whatever the environment says: dozens of tests start the command.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-all test-browser test-opensearch test-opensearch-contract screenshots lint format build wheel-check bench plots lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "make %-24s %s\n", $$1, $$2}' Makefile

run: .venv/.run ## Index content/ and serve it on http://127.0.0.1:8000/
	$(BIN)/seealso build
	$(BIN)/seealso serve

test: .venv/.installed ## Run the tests, with a sample of the sweeps
	@$(BIN)/pytest --numprocesses auto --dist worksteal

test-all: .venv/.installed ## Run the tests, with every fault at every call and every kind of front matter
	@$(BIN)/pytest --numprocesses auto --dist worksteal --exhaustive

test-browser: .venv/.browser ## Run the tests in a real browser, with other people's clients too
	@$(BIN)/pytest --numprocesses auto --dist worksteal --browser tests/browser

test-opensearch: .venv/.installed ## Run the contract of all engines on a real node, and the tests of faults on three
	@$(NODES) 1 $(BIN)/pytest --opensearch tests/contract
	@$(BIN)/pytest --opensearch tests/opensearch

test-opensearch-contract: .venv/.installed ## Run the contract of all engines on a real node of OpenSearch
	@$(NODES) 1 $(BIN)/pytest --opensearch tests/contract

screenshots: .venv/.browser ## Take the pictures of pages in docs/images anew, in a real browser
	PYTHONPATH=tests $(BIN)/python tests/browser/screenshots.py docs/images

lint: .venv/.installed ## Check format, rules and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy indexer service tests benchmarks
	$(BIN)/lint-imports --no-cache

format: .venv/.installed ## Format the code and mend what can be mended
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

build: .venv/.installed ## Make the wheel and the source archive in dist/
	$(BIN)/hatchling build --clean

wheel-check: build ## Install the wheel where nothing else is, index content/ from elsewhere, and ask it where it only serves
	@for alone in wheel serve; do \
	  $(BIN)/python -m venv --clear .venv-$$alone && \
	  .venv-$$alone/bin/$(PIP) --quiet $(LOCKED) -r requirements$$([ $$alone = wheel ] || echo -serve).txt && \
	  .venv-$$alone/bin/$(PIP) --quiet --no-index --no-deps dist/*.whl || exit 1; \
	done
	@elsewhere=$$(mktemp -d) && trap 'rm -rf "$$elsewhere"' EXIT && cd "$$elsewhere" || exit 1; \
	seealso() { where=$$1; shift; "$(CURDIR)/.venv-$$where/bin/seealso" --content "$(CURDIR)/content" --index index "$$@"; }; \
	seealso wheel build && answer=$$(seealso serve search changing a schema) || exit 1; \
	! seealso serve build --force 2>error || { echo "make wheel-check: a build runs without what it needs" >&2; exit 1; }; \
	grep -q 'install seealso\[build\]' error || { cat error >&2; exit 1; }; \
	case "$$answer" in *"  1. Schema Changes Without Downtime"*) ;; *) \
	  echo "make wheel-check: the wheel is installed, but its first answer is another: $$answer" >&2; exit 1;; \
	esac

# Where the figures of the peers go, and the site of DATA that speed and growth are measured on.
FIGURES ?= figures
SPEED ?= mdn-content
bench: .venv/.installed .venv-bench/.installed ## Measure on every site and question set in DATA=…, beside peers
	@test -d "$(DATA)" || { echo "make bench: name the folder of data: make bench DATA=path/to/data" >&2; exit 2; }
	@failed=0; for one in "$(DATA)"/*/; do \
	  if [ -f "$$one/qrels.tsv" ]; then $(BIN)/python benchmarks/search_quality.py "$$one" || failed=1; \
	  elif [ -f "$$one/related.jsonl" ]; then $(BIN)/python benchmarks/related_quality.py "$$one" || failed=1; fi; \
	  if [ -d "$$one/posts" ]; then $(BIN)/python benchmarks/sites.py "$$one" || failed=1; $(BIN)/python -m benchmarks.write_back "$$one" || failed=1; fi; \
	done; \
	mkdir -p $(FIGURES); speed=$$(ls -d "$(DATA)/$(SPEED)" 2>/dev/null); \
	set -- $${speed:+"$$speed"}; for one in "$(DATA)"/*/; do [ ! -f "$$one/qrels.tsv" ] || set -- "$$@" "$${one%/}"; done; \
	[ $$# = 0 ] || $(BENCH) -m benchmarks.peers --json $(FIGURES)/peers.json "$$@" || failed=1; \
	[ -z "$$speed" ] || $(BIN)/python -m benchmarks.opening "$$speed" || failed=1; \
	[ -z "$$speed" ] || $(BIN)/python -m benchmarks.hostile "$$speed" || failed=1; \
	$(BIN)/python -m benchmarks.damage || failed=1; \
	[ -z "$$speed" ] || $(BIN)/python -m benchmarks.scrubbing "$$speed" || failed=1; \
	[ ! -d "$(DATA)/kong-questions" ] || $(BIN)/python -m benchmarks.http_load "$(DATA)/kong-docs" "$(DATA)/kong-questions" || failed=1; \
	[ -z "$$speed" ] || $(BENCH) -m benchmarks.growth --json $(FIGURES)/growth.json "$$speed" || failed=1; \
	exit $$failed

plots: .venv/.installed ## Draw the figures of the last `make bench` into docs/images
	$(BIN)/python -m benchmarks.plots $(FIGURES) docs/images

# The oldest supported Python locks, so that every locked version runs on it too.
# No index address or local wheel of the machine that locks may end up in the files.
LOCK = PIP_FIND_LINKS= CUSTOM_COMPILE_COMMAND="make lock" .venv-lock/bin/pip-compile --no-config --quiet \
	--generate-hashes --allow-unsafe --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links
UPGRADE ?= --upgrade
lock: ## Lock the newest allowed version of every dependency (UPGRADE= keeps the present ones)
	test -x .venv-lock/bin/pip-compile || { python3.11 -m venv .venv-lock && .venv-lock/bin/pip install --quiet "pip-tools>=7.5,<8"; }
	$(LOCK) $(UPGRADE) --extra build --output-file requirements.txt pyproject.toml
	$(LOCK) $(UPGRADE) --constraint requirements.txt --output-file requirements-serve.txt pyproject.toml
	$(LOCK) $(UPGRADE) --only-build-deps --all-build-deps --output-file requirements-package.txt pyproject.toml
	$(LOCK) $(UPGRADE) --output-file benchmarks/peers/requirements.txt benchmarks/peers/requirements.in
	$(LOCK) $(UPGRADE) --extra build --extra opensearch --constraint requirements.txt --output-file requirements-opensearch.txt pyproject.toml
	$(LOCK) $(UPGRADE) --extra build --extra watch --extra opensearch --extra dev --all-build-deps --constraint requirements.txt --constraint requirements-package.txt --output-file requirements-dev.txt pyproject.toml
	$(LOCK) $(UPGRADE) --extra build --extra browser --constraint requirements-dev.txt --output-file requirements-browser.txt pyproject.toml

clean: ## Remove everything that make made, the index too
	rm -rf .venv .venv-lock .venv-bench .venv-wheel .venv-serve benchmarks/peers/node_modules tests/browser/node_modules figures dist index .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What `make run` needs, without the tools of those who change it. Bytecode is made of what is imported, when it is.
.venv/.run: requirements.txt requirements-package.txt pyproject.toml
	@why="seealso needs Python 3.11 or newer, and none of these is: $(PYTHONS). Install it, or name it: make PYTHON=/path/to/python3"; \
	for python in $(PYTHONS); do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	  if $$python -c 'import venv, ensurepip' >/dev/null 2>&1; then why=; break; fi; \
	  why="$$python cannot make environments: its venv module is missing. On Debian or Ubuntu: apt install python3-venv"; \
	done; \
	if [ -n "$$why" ]; then echo "make: $$why" >&2; exit 1; fi; \
	$$python -m venv --clear .venv
	@echo "Installing what indexes and serves, about 100 MB to download:"
	$(BIN)/$(PIP) --no-compile $(LOCKED) -r requirements.txt -r requirements-package.txt
	$(BIN)/$(PIP) --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/.installed: .venv/.run requirements-dev.txt
	@echo "Installing the tools of tests and checks:"
	$(BIN)/$(PIP) --no-compile $(LOCKED) -r requirements-dev.txt
	@touch $@

WANTED := chromium chromium-browser google-chrome google-chrome-stable
.venv/.browser: .venv/.installed requirements-browser.txt tests/browser/package-lock.json
	@for name in $(WANTED); do command -v $$name >/dev/null && found=1; done; \
	test -n "$$found" || { echo "make test-browser: none of these browsers is installed: $(WANTED). On Debian or Ubuntu: apt install chromium" >&2; exit 1; }
	@command -v npm >/dev/null || { echo "make test-browser: other people's clients come from npm: install Node.js 20 or newer with npm" >&2; exit 1; }
	$(BIN)/$(PIP) --quiet $(LOCKED) -r requirements-browser.txt
	npm ci --prefix tests/browser --ignore-scripts --no-audit --no-fund
	@touch $@

# The peers that `make bench` compares with, apart from the product; npm brings the two that run in node.
PEERS := benchmarks/peers
.venv-bench/.installed: .venv/.installed requirements.txt $(PEERS)/requirements.txt $(PEERS)/package-lock.json
	@command -v npm >/dev/null || { echo "make bench: two of the peers run in node: install Node.js 20 or newer with npm" >&2; exit 1; }
	$(BIN)/python -m venv --clear .venv-bench
	$(BENCH) -m $(PIP) --quiet $(LOCKED) -r requirements.txt -r $(PEERS)/requirements.txt
	npm ci --prefix $(PEERS) --ignore-scripts --no-audit --no-fund
	@touch $@
