# The virtual environment comes first on PATH: nbgrader calls alembic by name.
export PATH := $(CURDIR)/.venv/bin:$(PATH)
record:  ## write beside each wrong answer what its tests say today
	for chapter in $$(ls source); do OMP_NUM_THREADS=1 MPLBACKEND=agg python -m tests.bank $$chapter --record || exit 1; done
