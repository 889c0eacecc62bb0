# make demo · make test · make check          PYTHON=python3.12 make test picks another interpreter
#             make soak N=1000 tries fewer seeds of policies than 100,000; where it was interrupted it goes on with those
#             make faults ARGS='postgres --n 5' does one fault, and so often
#             make bundle ARGS='--machine aarch64' makes one for another machine
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PROTOS := $(wildcard protos/subsidy/v1/*.proto)
CODE   := $(if $(PROTOS),src/subsidy/v1/__init__.py)
READY  := $(STAMP) $(CODE)
N      ?= 100000
CACHES := .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache

.DEFAULT_GOAL := help
.PHONY: help demo test soak mutants faults hardening check docs conformance fuzz bundle bench spark proto clients \
  release-contract clean FORCE
.DELETE_ON_ERROR:

help:            ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

demo: $(READY)   ## a guided run
	@$(BIN)/subsidy demo

test: $(READY)   ## the whole suite; its closing line comes last
	@if [ "$$(getconf _NPROCESSORS_ONLN)" -gt 1 ]; then $(BIN)/python -m pytest -n 3 --dist worksteal; else $(BIN)/python -m pytest; fi

soak: $(READY)   ## the soundness of the compiler, on 100,000 fresh policies, and the longest faults and loads (hours on two cores)
	@$(BIN)/python -m tests.soundness soak $(N)
	@$(BIN)/python -m tests.faults --soak
	@$(BIN)/python -m tests.hardening --soak

mutants: $(READY) ## small faults put into the Merkle tree and the caps: which the tests notice (half an hour)
	@$(BIN)/python -m tests.mutation $(ARGS)

faults: $(READY) ## faults done to a ledger, each with its control; evidence in build/evidence/faults (within an hour)
	@$(BIN)/python -m tests.faults $(ARGS)

hardening: $(READY) ## the service under hostile calls, floods and stops; evidence in build/evidence/hardening (half an hour)
	@$(BIN)/python -m tests.hardening $(ARGS)

check: $(READY)  ## layout, lint, types, import direction; the form of protos/, and that nothing released is broken
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m tests.contract.protos

docs: $(READY)   ## the page of all codes, the reports that the tests of diagnostics keep, the settings, what stories print
	@$(BIN)/python -m tests.diagnostics.record
	@$(BIN)/python -m tests.documents.story
	@$(BIN)/python -m tests.documents.settings

conformance: $(READY) ## the conformance cases: topics by runners, and what of the language they cover
	@$(BIN)/python -m tests.conformance.matrix $(ARGS)

fuzz: $(READY)   ## 100,000 hostile inputs on all cores; evidence in build/evidence/fuzz.json
	@$(BIN)/python -m tests.attacks.fuzz $(ARGS)

bundle: $(READY) ## an archive with all that a bureau installs, without a network: dist/subsidy-….tar.gz
	@$(BIN)/python tools/bundle.py $(ARGS)

bench: $(READY)  ## the benchmarks, and ours beside other engines; writes docs/performance.md (half an hour)
	@for each in calculate startup tables files service stream ledger audit; do echo "— $$each"; $(BIN)/python benchmarks/$$each.py; done
	@$(BIN)/python -m benchmarks.peers.run $(ARGS)

spark: $(READY)  ## ten million rows of a bench rule from Parquet on Spark, here on all cores; it needs Java, and installs pyspark
	@$(BIN)/python -c "import pyspark" 2>/dev/null || $(BIN)/python -m pip install -q --disable-pip-version-check -e '.[spark]'
	@$(BIN)/python benchmarks/spark.py $(ARGS)

proto: $(READY)  ## compile protos/ (the others do it too, after an edit)

clients: $(READY) ## the clients of examples/clients in Java and Go: generated, compiled, and run against the service over TLS
	@$(BIN)/python -m pytest -v tests/contract/test_clients.py

release-contract: $(READY) ## at a release: what later ones are held to: the protos, names, codes, answers, a file of each format
	@$(BIN)/python -m tests.contract.protos release
	@$(BIN)/python -m tests.contract.keeping

clean:           ## remove the environment and all that was built
	rm -rf $(VENV) dist build src/subsidy/v1 $(CACHES)
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The environment is made anew when its Python is gone, or is not the version that PYTHON asks for by name.
minor = $(shell $(1) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
HAVE := $(call minor,$(BIN)/python)
WANT := $(if $(filter file,$(origin PYTHON)),$(HAVE),$(call minor,$(PYTHON)))
ifneq ($(or $(HAVE),none),$(WANT))
$(BIN)/python $(STAMP): FORCE
endif

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is: $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  $(PYTHON) -c 'import sys, venv, pip; sys.exit(int(pip.__version__.split(".")[0]) < 23)' 2>/dev/null || { \
	  echo "This Python has no venv with pip. On Debian or Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -m venv --clear --without-pip $(VENV)

# The stamp is written last, so that an interrupted installation is taken up again.
$(STAMP): pyproject.toml hatch_build.py | $(BIN)/python
	@echo "installing into $(VENV) (once, and again only when pyproject.toml or hatch_build.py changes)"
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip --default-pip >/dev/null 2>&1 || true
	@if $(BIN)/python -m pip --version >/dev/null 2>&1; then set -- $(BIN)/python -m pip; \
	  else set -- $(PYTHON) -m pip --python $(BIN)/python; fi; \
	  "$$@" install -q --disable-pip-version-check -e '.[dev]' || { \
	  echo "The installation stopped. Mend what it says and try again; make clean starts afresh." >&2; exit 1; }
	@touch $@

src/subsidy/v1/__init__.py: $(PROTOS) hatch_build.py | $(STAMP)
	@$(BIN)/python hatch_build.py
	@touch $@
