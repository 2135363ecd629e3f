# make help  lists the targets. Everything runs in .venv, which the first call makes.

# The virtual environment comes first on PATH: nbgrader calls alembic by name.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

PYTHON ?= python3
# Where torch comes from. Empty: the package index, on Linux with CUDA. The README names the CPU one.
TORCH_INDEX ?=
# The chapters that `make demo` grades.
DEMO ?= 01_dot_product_scores 02_softmax
# The chapter that `make check` looks at; empty: all.
CHAPTER ?=

.PHONY: help setup sandbox browser lab build demo test check record clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: .venv/installed  ## make .venv and install everything in it

.venv/installed: requirements.txt requirements-dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(if $(TORCH_INDEX),.venv/bin/pip install -q --index-url $(TORCH_INDEX) $(shell grep '^torch==' requirements.txt))
	.venv/bin/pip install -q -r requirements-dev.txt
	touch $@

sandbox:  # grading shuts student code in with it; Debian and Ubuntu can install it
	@command -v bwrap || { apt-get update -qq && apt-get install -y -qq bubblewrap; } || \
	  { echo "No bubblewrap: install it, then run make again." >&2; exit 1; }

browser:  # the walks need one, and npm for JupyterHub's proxy; Debian and Ubuntu can install them
	@command -v npm || { apt-get update -qq && apt-get install -y -qq npm; } || \
	  { echo "No npm: install Node.js, then run make again." >&2; exit 1; }
	@command -v chromium || command -v chromium-browser || command -v google-chrome || \
	  { apt-get update -qq && apt-get install -y -qq chromium; } || \
	  { echo "No browser: install chromium or google-chrome, then run make again." >&2; exit 1; }

lab: setup  ## open the course in JupyterLab, as a student
	JUPYTER_CONFIG_PATH=$(CURDIR)/.jupyter jupyter lab release

build: setup  ## bring source/ and release/ up to date with the chapters' text
	course build

demo: setup sandbox  ## build the assignments, grade a sample class, show the grades
	course build
	rm -rf demo && mkdir demo
	cp -r source release nbgrader_config.py demo
	python -m tests.sample_class demo $(DEMO)
	cd demo && for chapter in $(DEMO); do course grade $$chapter --timeout 20 || exit 1; done
	@echo "The gradebook, the graded notebooks and the feedback pages are in demo/."

test: setup sandbox browser  ## every check there is
	ruff check .
	ruff format --check .
	course build --check
	OMP_NUM_THREADS=1 pytest -n 2 --dist loadscope --nbval --nbval-current-env --nbval-cell-timeout 300 source tests

check: setup sandbox  ## the quick checks, for while you work: make check CHAPTER=02_softmax
	ruff check .
	ruff format --check .
	course build --check $(CHAPTER)
	OMP_NUM_THREADS=1 pytest -n 2 --dist loadscope -m "not slow" tests $(if $(CHAPTER),-k $(CHAPTER))

record: setup  ## write beside each wrong answer what its tests say today
	for chapter in $$(ls source); do \
	  OMP_NUM_THREADS=1 MPLBACKEND=agg python -m tests.bank $$chapter --record || exit 1; done

clean:  ## remove what the targets made, .venv included
	rm -rf .venv demo screenshots build *.egg-info .pytest_cache .ruff_cache
