"""What a run shows from outside: lines, functions, and names of what is given and returned."""

import sys

import numpy as np
import pytest

from handgrad import check_backward
from handgrad.adapters.numpy.tracing import recording

from .problem import B, W, X, mse, mse_grads


def test_code_without_a_file_is_judged_too():
    space = {"__name__": "mine"}
    exec("import numpy as np\ndef f(x): return np.tanh(x), x\ndef b(d, x):\n    dx = d * x\n    return dx\n", space)
    assert not check_backward(space["f"], space["b"], (X,)).ok


@pytest.mark.rest
def test_the_check_runs_under_another_tracer():
    seen = []

    def tracer(frame, event, argument):
        seen.append(event)

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        check_backward(mse, mse_grads, {"W": W, "b": B})
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(before)


def inner(up):
    return 2.0 * up


def outer(x, up):
    if up.sum() > 1e9:
        return x
    y = inner(up)
    return y, y + 1.0, {"W": x, "b": y}


def test_the_lines_and_functions_that_ran_are_known_and_what_was_handed_in():
    given = np.arange(3.0)
    with recording([given]) as recorder:
        outer(np.ones(3), given.copy())
    first = outer.__code__.co_firstlineno
    here = {line - first for file, line in recorder.lines if line >= first}
    assert here == {1, 3, 4}
    assert {name for _, name in recorder.functions} == {"inner", "outer"}
    assert recorder.handed_in == {"up"}


def test_what_is_returned_last_has_the_names_that_stand_there():
    with recording() as recorder:
        outer(np.ones(3), np.ones(3))
    assert recorder.return_names == ["y", "", "W", "b"]


@pytest.mark.parametrize(
    ("returned", "names"),
    [("hs[0], hs[t]", ["", "hs[]"]), ("dict(dW=x)", ["dW"]), ("self.dx", ["dx"]), ("x + 1", [""]), ("", [])],
)
def test_the_parts_of_a_return_are_named_as_they_are_written(returned, names, tmp_path):
    path = tmp_path / "theirs.py"
    path.write_text(f"def f(x, hs, self, t):\n    return {returned}\n", "utf-8")
    space = {"__name__": "mine"}
    exec(compile(path.read_text("utf-8"), str(path), "exec"), space)
    with recording() as recorder:
        space["f"](1.0, [1.0], type("Layer", (), {"dx": 1.0}), 0)
    assert recorder.return_names == names
