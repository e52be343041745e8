"""A backward pass that is pasted into the page: its wrong line is named, or it is said what is missing."""

import pytest

PROGRAM = """\
import numpy as np

x, y = np.arange(6.0).reshape(3, 2) / 6, np.array([1.0, 0.0, 2.0])
w = np.array([0.5, -1.5])

h = np.tanh(x @ w)
e = h - y
loss = (e ** 2).mean()

dh = 2 * e / 3
dw = x.T @ (dh * (1 - h ** 2))
"""


def check(session, program):
    return session.handle({"do": "check", "text": program})


@pytest.mark.rest
def test_the_wrong_line_is_named_with_its_mistake_and_what_would_fix_it(session):
    found = check(session, PROGRAM.replace("(1 - h ** 2)", "(1 - h)"))
    assert (found["type"], found["ok"], found["line"]) == ("checked", False, 11)
    assert found["headline"] == "Line 11 is wrong."
    assert any("where is the square?" in text for kind, text, _ in found["lines"] if kind == "advice")
    assert "+dw = x.T @ (dh * (1 - h ** 2))" in found["patch"].splitlines()


@pytest.mark.rest
def test_a_right_one_is_right(session):
    found = check(session, PROGRAM)
    assert (found["ok"], found["line"], found["patch"]) == (True, None, "")
    assert found["headline"] == "Nothing is wrong: 1 gradient checked."


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("dw = x.T @ dh\n", "name 'x' is not defined (backward.py, line 1: dw = x.T @ dh)"),
        ("def f(:\n", "SyntaxError"),
        ("import os\nos._exit(0)\n", "ends by itself"),
        ("raise SystemExit\n", "ends by itself"),
        ("#" * 100_001, "longer than 100,000 letters"),
    ],
)
def test_what_cannot_be_checked_is_answered_by_a_sentence(session, program, said):
    found = check(session, program)
    assert found["type"] == "error"
    assert said in found["message"]


LOOP = "import numpy as np\nw = np.ones(2)\nfor _ in range(2):\n    g = 2 * w\n    w -= 0.1 * g\n"


@pytest.mark.parametrize(
    ("program", "said"),
    [
        ("", "backward.py has neither functions called forward and backward nor a node called"),
        ("def forward(x):\n    return x\n", "the file has forward, and no backward to it by a usual name"),
        ("def forward(x): ...\ndef backward(d): ...\n", "Let the file have a dict or a tuple called inputs"),
        (
            "def a_forward(x): ...\ndef a_backward(d): ...\ndef b_forward(x): ...\ndef b_backward(d): ...\n",
            "there are 2",
        ),
        ("import jax\njax.grad\n", "leaves its gradients to JAX"),
        (LOOP, "computes no loss"),
    ],
)
def test_where_debug_has_an_option_the_page_says_what_to_do_in_it(session, program, said):
    message = check(session, program)["message"]
    assert said in message.partition(". Here, call your functions forward and backward")[0]
    assert "--" not in message
    assert message.endswith("or paste lines that run from the data and the loss to gradients such as dW1.")


@pytest.mark.rest
def test_what_it_prints_is_heard_nowhere_and_the_folder_is_the_one_before(session, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    check(session, f"print('heard')\n{PROGRAM}")
    assert capsys.readouterr() == ("", "")
    assert list(tmp_path.iterdir()) == []
    assert type(tmp_path).cwd() == tmp_path
