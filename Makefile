# make demo   environment, then a first picture        make test   environment, all gates, whole suite
.PHONY: demo test check format lint layers types suite docs replication clean

BIN := .venv/bin
WORKERS := $(shell python3 -c "import os; print(min(4, os.cpu_count() + 1))")
# Without an NVIDIA driver the pinned torch is the CPU build; with one, pip chooses the GPU build.
TORCH := $(shell command -v nvidia-smi >/dev/null 2>&1 || echo "-c constraints/cpu.txt")

.venv/.stamp: pyproject.toml constraints/pins.txt constraints/cpu.txt
	python3 -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check $(TORCH) -c constraints/pins.txt -e '.[dev]'
	touch $@

demo: .venv/.stamp
	$(BIN)/wasserstyle transfer examples/content/cat.jpg examples/style/swirls.jpg -o out/demo.png --size 256 --seed 0

test: .venv/.stamp
	$(MAKE) check

check: lint layers types suite
format: .venv/.stamp ; $(BIN)/ruff format . && $(BIN)/ruff check --fix .
lint:   .venv/.stamp ; $(BIN)/ruff format --check . && $(BIN)/ruff check .
layers: .venv/.stamp ; $(BIN)/lint-imports --no-logo
types:  .venv/.stamp ; $(BIN)/basedpyright --pythonpath $(BIN)/python
# One thread a worker: tests are small, and threads that share cores wait on each other. One worker more
# than cores: now and then a test waits for a browser or another process.
suite:  .venv/.stamp ; OMP_NUM_THREADS=1 $(BIN)/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=15
# The manual, out/docs/index.html: warnings are errors, nothing is fetched.
docs:   .venv/.stamp ; $(BIN)/python -m sphinx -W --keep-going -q -b html docs out/docs
# Hours; goes on where it was stopped.
replication: .venv/.stamp ; OMP_NUM_THREADS=1 $(BIN)/python -m replication --threads 1
clean: ; rm -rf .venv out
