"""The edits as a diff: their text stays as it is, but for what is changed."""

import importlib.util

import numpy as np
import pytest

from handgrad import check_backward

TEXT = """import numpy as np

def forward(x, w):
    z = x @ w
    return np.tanh(z), (x, w, z)

def backward(dout, cache):
    x,w,z  =  cache   # their own way to write
    {line}
    return dz @ w.T, x.T @ dz
"""
RIGHT = "dz = dout * (1 - np.tanh(z) ** 2)  # why"
RNG = np.random.default_rng(0)


def patched(line, folder):
    path = folder / "mine.py"
    path.write_text(TEXT.format(line=line))
    spec = importlib.util.spec_from_file_location("mine", path)
    mine = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(mine)
    inputs = RNG.normal(size=(4, 3)), RNG.normal(size=(3, 2))
    return check_backward(mine.forward, mine.backward, inputs).patch


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("dz = -dout * (1 - np.tanh(z) ** 2)  # why", RIGHT),
        ("dz = dout * (1 - np.tanh(z))  # why", RIGHT),
        ("dz = dout * (1 + np.tanh(z) ** 2)  # why", RIGHT),
    ],
)
def test_one_line_is_changed_and_the_rest_of_it_is_kept(wrong, right, tmp_path):
    lines = patched(wrong, tmp_path).splitlines()
    assert lines[:2] == ["--- a/mine.py", "+++ b/mine.py"]
    assert [line for line in lines[2:] if line.startswith("-")] == [f"-    {wrong}"]
    (new,) = [line for line in lines[2:] if line.startswith("+")]
    assert new.replace(" ", "").startswith(f"+{right}".replace(" ", "")[:8])
    assert new.endswith("# why")
    assert (tmp_path / "mine.py").read_text() == TEXT.format(line=wrong)


@pytest.mark.rest
def test_a_division_that_does_not_belong_is_taken_away_where_its_number_is_read_by_nothing_else(tmp_path):
    text = patched("n = len(x); dz = dout * (1 - np.tanh(z) ** 2) / n", tmp_path)
    assert "+    n = len(x); dz = dout * (1 - np.tanh(z) ** 2)\n" in text


def test_a_loop_of_which_the_only_statement_is_left_out_keeps_one(tmp_path):
    (new,) = (
        one
        for one in patched(f"{RIGHT}\n    for i in range(2):\n        dz += z", tmp_path).splitlines()
        if one[:2] == "+ "
    )
    assert new == "+        pass"


def test_brackets_are_put_where_they_are_needed(tmp_path):
    line = "dz = dout * (1 - np.tanh(z)) ** 2"
    new = [one for one in patched(line, tmp_path).splitlines() if one.startswith("+ ")]
    assert not new or eval_same(new[0][1:].strip())


def eval_same(line):
    rng = np.random.default_rng(1)
    names = {"np": np, "dout": rng.normal(size=3), "z": rng.normal(size=3)}
    exec(line, names)
    return np.allclose(names["dz"], names["dout"] * (1 - np.tanh(names["z"]) ** 2))
