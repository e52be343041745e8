"""`handgrad debug`: code of one's own from the command line."""

import sys
import textwrap

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from tests.optional import needs

LAYER = """
import numpy as np

def affine_forward(x, w, b):
    return x @ w + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    dx = dout @ w.T
    dw = x.T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db

rng = np.random.default_rng(0)
inputs = tuple(rng.normal(size=shape) for shape in ((4, 3), (3, 2), 2))
"""
WRONG = LAYER.replace("db = dout.sum(axis=0)", "db = dout.mean(axis=0)")


@pytest.fixture
def debug(tmp_path, monkeypatch):
    """Run `handgrad debug` in a folder of its own on a file of that text."""
    monkeypatch.chdir(tmp_path)

    def run(text, *arguments, name="mine.py"):
        (tmp_path / name).write_text(textwrap.dedent(text), encoding="utf-8")
        return CliRunner().invoke(main, ["debug", name, *arguments])

    run.folder = tmp_path
    return run


def test_a_right_backward_ends_with_status_0(debug):
    result = debug(LAYER)
    assert result.exit_code == 0, result.output
    assert "All correct: 4 arrays." in result.output


def test_a_wrong_line_is_told_and_the_status_is_1(debug):
    result = debug(WRONG)
    assert result.exit_code == 1
    assert "mine.py:11: db = dout.mean(axis=0)" in result.output


@pytest.mark.rest(of=3)
def test_the_picture_is_written_whole_and_said_where(debug):
    result = debug(WRONG, "--out", "pictures/wrong.svg")
    picture = (debug.folder / "pictures" / "wrong.svg").read_text("utf-8")
    assert picture.rstrip().endswith("</svg>")
    assert "red" in picture
    assert "Drawn: pictures/wrong.svg" in result.output
    debug(WRONG)
    assert (debug.folder / "out" / "mine.svg").is_file()
    debug(LAYER, "--no-picture", name="other.py")
    assert not (debug.folder / "out" / "other.svg").exists()


def test_functions_and_inputs_may_be_named(debug):
    text = """
    import numpy as np

    class Model:
        def __init__(self):
            self.W = np.ones((3, 2))

        def run(self, x):
            self.x = x
            return x @ self.W

        def back(self, dout):
            self.dW = self.x.T @ dout * 2
            return dout @ self.W.T

    model = Model()

    def some():
        return {"x": np.arange(12.0).reshape(4, 3)}
    """
    result = debug(text, "--forward", "model.run", "--backward", "model.back", "--inputs", "some")
    assert result.exit_code == 1
    assert "self.dW = self.x.T @ dout * 2" in result.output


def test_one_function_may_give_loss_and_gradients(debug):
    text = """
    import numpy as np
    inputs = {"w": np.array([1.0, 2.0])}

    def both(w):
        return (w**2).sum(), {"w": 3 * w}
    """
    result = debug(text, "--forward", "both", "--backward", "both")
    assert result.exit_code == 1
    assert "mine.py:6" in result.output


def test_of_several_pairs_one_must_be_named(debug):
    two = LAYER + "\ndef relu_forward(x): return x, x\ndef relu_backward(dout, x): return dout\n"
    result = debug(two)
    assert result.exit_code == 2
    assert "--forward" in result.output
    assert debug(two, "--forward", "affine_forward").exit_code == 0


def test_a_graph_of_ones_own_engine_is_probed(debug):
    text = """
    from micrograd.engine import Value
    a, b = Value(2.0), Value(-3.0)
    L = (a * b + a).relu()
    L.backward()
    """
    assert debug(text).exit_code == 0


@pytest.mark.rest(of=3)
def test_a_graph_of_ones_own_engine_is_told_in_the_variables_of_the_file(debug):
    text = """
    import math
    from micrograd.engine import Value

    class Mine(Value):
        def __add__(self, other):
            out = Mine(self.data + other.data, (self, other), "+")
            def _backward():
                self.grad = out.grad
                other.grad = out.grad
            out._backward = _backward
            return out

    weight, h = Mine(0.7), Mine(0.3)
    for t in range(3):
        h = h + weight
    h.backward()
    """
    result = debug(text, "--root", "h")
    assert result.exit_code == 1
    assert result.output.startswith("Fix first: weight,")
    assert "\nh  " in result.output


def test_a_graph_of_handgrads_is_compared(debug):
    text = """
    from handgrad import Value, manual
    with manual():
        a, b = Value(2.0), Value(-3.0)
        L = a * b
    L.grad, a.grad, b.grad = 1.0, -3.0, -2.0
    """
    result = debug(text)
    assert result.exit_code == 1
    assert "b" in result.output.partition("Fix first:")[2]


@pytest.mark.rest(of=3)
@pytest.mark.usefixtures("torch")
def test_a_function_of_pytorchs_is_watched(debug):
    text = """
    import torch

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * x

    x = torch.tensor([1.0, -2.0], requires_grad=True)
    Square.apply(x).sum().backward()
    """
    result = debug(text, "--no-picture")
    assert result.exit_code == 1, result.output
    assert "Square" in result.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys; sys.exit()", "ends by itself"),
        ("x = 1", "--root"),
        ("def forward(x): return x\ndef backward(x): return x", "--inputs"),
        ("x = 1", "nor a node called L, loss, root or out"),
        ("def forward(x): return x\ndef bwd(x): return x", "has forward, and no backward to it by a usual name"),
        ("def forward(x): return x\ndef bwd(x): return x", "with --backward; it has bwd."),
        ("def forward(x): return x", "with --backward."),
    ],
)
def test_what_cannot_be_checked_ends_with_status_2_and_says_why(debug, text, said):
    result = debug(text)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())


def test_a_backward_of_another_name_goes_with_the_only_forward_there_is(debug):
    text = (
        "import numpy as np\nparams = {'x': np.ones(3)}\ndef forward(x): return x**2\ndef bwd(x, up): return 2 * x * up"
    )
    assert debug(text, "--backward", "bwd", "--no-picture").exit_code == 0


METHODS = """
import numpy as np
inputs = {'x': np.ones(3)}
grads, loss = None, 1.0
class model:
    @staticmethod
    def forward(x): return x**2
    @staticmethod
    def backward(x, up): return 2 * x * up
def bwd(x, up): return 2 * x * up
def forward(x): return x**2
"""


@pytest.mark.parametrize(
    "arguments", [("--forward", "model.forward"), ("--backward", "model.backward"), ("--backward", "bwd")]
)
def test_the_other_function_is_found_by_the_name_of_one_in_a_class_too_and_is_no_number(debug, arguments):
    result = debug(METHODS, *arguments, "--no-picture")
    assert result.exit_code == 0, result.output


def test_inputs_that_are_not_there_are_told_with_what_is(debug):
    result = debug(
        "import math\ndata = {'x': 1.0}\ndef forward(x): return x\ndef backward(x): return x", "--inputs", "dta"
    )
    assert "the file has no 'dta'; it has backward, data and forward." in " ".join(result.output.split())


def test_an_error_of_theirs_ends_with_status_2(debug):
    result = debug("inputs = {'x': 1.0}\ndef forward(x): return x / 0\ndef backward(x): return {'x': x}")
    assert result.exit_code == 2
    assert "forward raised ZeroDivisionError" in result.output


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("raise ValueError('\x1b]0;mine\x07')", 2),
        ("def forward(x): raise ValueError('\x1b]0;mine\x07')\ndef backward(d): return d\ninputs = (1.0,)", 2),
        ("from handgrad import *\nwith manual(): L = Value(2.0, '\x1b]0;mine\x07') * 3.0\nL.grad = 1.0", 1),
    ],
    ids=["of a file's error", "of a function's error", "of a label"],
)
def test_an_escape_is_shown_and_not_sent_to_the_terminal(debug, text, status):
    found = debug(text.replace("\x1b", "\\x1b").replace("\x07", "\\x07"), "--no-picture")
    assert found.exit_code == status, found.output
    assert r"\x1b]0;mine\x07" in found.output
    assert "\x1b" not in found.output


@pytest.mark.parametrize(
    ("where", "end"), [("affine_forward(x, w, b):", "sys.exit(0)"), ("x, w, b = cache", "os._exit(0)")]
)
def test_code_that_would_end_the_program_ends_with_status_2_and_that_is_said(debug, where, end):
    text = LAYER.replace(where, f"{where}\n    import os, sys; {end}")
    assert end in text
    for arguments in ([], ["--json"]):
        result = debug(text, *arguments)
        assert result.exit_code == 2
        assert f"ends by itself, with {end[:-3]}()" in " ".join(result.output.split())


def test_nothing_of_the_file_is_left_behind(debug):
    before = set(sys.modules), list(sys.path)
    debug(LAYER, "--no-picture", name="a_module_of_mine.py")
    assert "a_module_of_mine" not in sys.modules
    assert list(sys.path) == before[1]


@pytest.mark.rest(of=3)
def test_the_patch_is_printed_where_it_is_asked_for(debug):
    assert "+    db = dout.sum(axis=0)" not in debug(WRONG).output
    result = debug(WRONG, "--patch")
    assert result.exit_code == 1
    assert "-    db = dout.mean(axis=0)\n+    db = dout.sum(axis=0)" in result.output


def test_quick_does_without_experiments_and_says_that_there_is_no_patch(debug):
    result = debug(WRONG, "--patch", "--quick")
    assert result.exit_code == 1
    assert "No small edit was found" in result.output


def test_a_readable_forward_may_be_named(debug):
    text = LAYER + "\ndef readable(x, w, b):\n    return x @ w + b\n"
    assert debug(text, "--reference", "readable").exit_code == 0
    result = debug(text.replace("return x @ w + b\n", "return x @ w - b\n"), "--reference", "readable")
    assert result.exit_code == 2
    assert "reference gives" in result.output


CUBES = """
    import torch

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return torch.from_numpy(x.detach().numpy() ** 3)

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 3 * x**2 * g

    def naive(x):
        return x * x * x

    def other(x):
        return 2 * x * x * x

    x = torch.tensor([1.0, 2.0], dtype=torch.double, requires_grad=True)
    Cube.apply(x).sum().backward()
    """


@pytest.mark.rest(of=3)
def test_a_function_of_pytorchs_is_held_against_a_readable_forward(debug):
    needs("torch")
    assert debug(CUBES, "--reference", "naive").exit_code == 0
    assert debug(CUBES.replace("3 * x**2 * g", "2 * x**2 * g"), "--reference", "Cube=naive").exit_code == 1
    result = debug(CUBES, "--reference", "other")
    assert result.exit_code == 2
    assert "Cube gives output[1]" in result.output
    assert "the reference 16" in result.output


def test_of_several_functions_it_is_asked_which_a_reference_is_of(debug):
    needs("torch")
    result = debug(
        CUBES.replace("    def naive", "    class Other(Cube):\n        pass\n\n    def naive"), "--reference", "naive"
    )
    assert result.exit_code == 2
    assert "Function=naive" in result.output


ENGINE = """
class Value:
    def __init__(self, data, children=()):
        self.data, self.grad, self._prev, self._backward = data, 0.0, set(children), lambda: None

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))

        def _backward():
            scale = other.data + 0 * out.grad
            self.grad += scale
            other.grad += self.data * out.grad

        out._backward = _backward
        return out

    def backward(self):
        self.grad = 2.0 ** 0
        self._backward()


a, b = Value(2.5), Value(-3.0)
L = a * b
L.backward()
"""


def test_the_patch_of_a_rule_of_ones_own_engine_is_printed_too(debug):
    result = debug(ENGINE.replace("other.data + 0 * out.grad", "other.data / out.grad"), "--patch", "--no-picture")
    assert result.exit_code == 1
    assert "+            scale = other.data * out.grad" in result.output


@pytest.mark.rest(of=3)
@pytest.mark.usefixtures("torch")
def test_the_patch_of_a_function_of_pytorchs_is_printed_too(debug):
    text = """
    import torch

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x ** 3

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            slope = 3 * x ** 3
            return grad * slope

    x = torch.tensor([1.5, -2.0], requires_grad=True)
    Cube.apply(x).sum().backward()
    """
    assert "+" in debug(text, "--patch", "--no-picture").output.partition("+++")[2]
    assert "No small edit was found" in debug(text, "--patch", "--no-picture", "--quick").output


@pytest.mark.usefixtures("torch")
def test_a_function_of_pytorchs_that_never_runs_ends_with_status_2(debug):
    text = """
    import torch

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x ** 3

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = torch.tensor([1.5, -2.0], requires_grad=True)
    """
    result = debug(text)
    assert result.exit_code == 2
    assert "none ran" in result.output
