"""What is loaded before the forks of a check is loaded once, and leaves nothing else."""

import os

import pytest

from tests.demos.programs import run

OWN = {**os.environ, "PYTEST_ADDOPTS": "-x", "OPENBLAS_NUM_THREADS": "2"}
"""Settings of a person's own, that are to be there afterwards."""


@pytest.mark.rest(of=3)
def test_a_second_run_of_pytest_imports_nothing_and_arrays_come_by_themselves(tmp_path):
    program = """
from pathlib import Path
from handgrad.demos.katas.judging import ready
folder = Path(sys.argv[1])
ready.warm_up(folder)
assert not list(folder.iterdir()), "the test that was run is gone"
known = set(sys.modules)
for name in ("pytest", "_pytest.python", "_pytest.assertion.rewrite", "handgrad.demos.katas.checking"):
    assert name in known, name
assert not any(name.startswith("handgrad.arrays") for name in known), "arrays come only where they are asked for"
ready.warm_up(folder)
print(sorted(set(sys.modules) - known))
ready.load_arrays()
assert "handgrad.arrays" in sys.modules and "numpy.random" in sys.modules
"""
    assert run(program, tmp_path).splitlines()[-1] == "[]"


@pytest.mark.rest(of=3)
def test_the_process_that_loads_keeps_its_own_environment_path_and_modules():
    program = """
import os
from handgrad.demos.katas.judging import ready
before, path = dict(os.environ), list(sys.path)
ready.preload(draws=True)
print(dict(os.environ) == before, sys.path == path, "test_warm_up" in sys.modules)
"""
    assert run(program, env=OWN).split() == ["True", "True", "False"]


@pytest.mark.drawn(1)
@pytest.mark.parametrize(
    ("options", "loaded"),
    [
        ("draws=True", ["handgrad.viz.renderer", "numpy"]),
        ("draws=False", ["numpy"]),
        ("draws=True, arrays=False", ["handgrad.viz.renderer"]),
    ],
)
def test_what_draws_and_what_arrays_need_is_loaded_where_it_is_asked_for(options, loaded):
    program = f"""
from handgrad.demos.katas.judging import ready
ready.preload({options})
print([name for name in ("handgrad.viz.renderer", "numpy") if name in sys.modules])
"""
    assert run(program).strip() == str(loaded)


@pytest.mark.rest(of=3)
def test_a_wrong_number_and_a_wrong_array_import_nothing_of_the_engine_any_more():
    program = """
import numpy as np
from handgrad.demos.katas.judging import ready
ready.preload(draws=False)
from handgrad.demos.katas.checking import check_gradients, hand_graph
from handgrad.arrays import array, label
from handgrad import manual
known = set(sys.modules)
def judged(root, nodes=None):
    try:
        check_gradients(root, nodes)
    except AssertionError as error:
        return [cause.slip.kind for cause in error.comparison.causes]
a, b, y = hand_graph(lambda a, b: (a, b, a * b), a=2.0, b=3.0)
y.grad, a.grad, b.grad = 1.0, 3.0, -2.0
with manual():
    x, W = array(np.arange(12.0).reshape(4, 3) - 5.0, "x"), array(np.arange(6.0).reshape(3, 2) - 1.3, "W")
    z = label(x @ W, "z")
    L = label((z * z.data).sum(), "L")
z.grad, x.grad, W.grad = z.data, z.data @ W.data.T, -(x.data.T @ z.data)
assert judged(y) == judged(L, [z, x, W]) == ["sign"]
print(sorted(name for name in set(sys.modules) - known if name.startswith("handgrad")))
"""
    assert run(program).strip() == "[]"
