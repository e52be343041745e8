"""Slips of kinds that people make in loops, losses and layers: each is told at its line, by its name."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from handgrad import Comparison, check_backward
from tests.engine.adapters.collected.case import module

pytestmark = pytest.mark.rest

SCAN = """\
import numpy as np

def forward(x, gate):
    keep = 1 / (1 + np.exp(-gate))
    states = [np.zeros(x.shape[1])]
    for t in range(len(x)):
        states.append(keep * states[-1] + (1 - keep) * x[t])
    return np.stack(states[1:]), (x, keep, states)

def backward(dout, cache):
    x, keep, states = cache
    dxs, dkeep = [], np.zeros_like(keep)
    ds = np.zeros_like(keep)
    for t in reversed(range(len(x))):
        ds = ds + dout[t]
        dkeep += ds * (states[t] - x[t])
        dxs.append(ds * (1 - keep))
        ds = ds * keep
    return np.stack(dxs[::-1]), dkeep * keep * (1 - keep)
"""

CROPPED = """\
import numpy as np

def forward(x, w, pad=1):
    k = w.shape[0]
    wide = np.pad(x, pad)
    cols = np.empty((k, k, *x.shape))
    for i in range(k):
        for j in range(k):
            cols[i, j] = wide[i:i + x.shape[0], j:j + x.shape[1]]
    return np.einsum("ijhw,ij->hw", cols, w), (cols, w, pad)

def backward(dout, cache):
    cols, w, pad = cache
    h, width = dout.shape
    dcols = np.einsum("hw,ij->ijhw", dout, w)
    dwide = np.zeros((h + 2 * pad, width + 2 * pad))
    for i in range(w.shape[0]):
        for j in range(w.shape[1]):
            dwide[i:i + h, j:j + width] += dcols[i, j]
    return dwide[pad:pad + h, pad:pad + width], np.einsum("ijhw,hw->ij", cols, dout)
"""

TRIPLET = """\
import numpy as np

def forward(anchor, near, far):
    d = np.sum((anchor - near) ** 2, axis=1) - np.sum((anchor - far) ** 2, axis=1)
    return np.mean(np.maximum(d + 2.0, 0))

def backward(anchor, near, far):
    d = np.sum((anchor - near) ** 2, axis=1) - np.sum((anchor - far) ** 2, axis=1)
    on = (d + 2.0 > 0)[:, None] / len(anchor)
    dnear = -2 * (anchor - near) * on
    dfar = 2 * (anchor - far) * on
    danchor = 2 * (far - near) * on
    return danchor, dnear, dfar
"""

LEAKY = """\
import numpy as np

def forward(x):
    return np.where(x > 0, x, 0.1 * x), x

def backward(dout, x):
    dx = np.where(x > 0, dout, 0.1 * dout)
    return dx
"""

FOCAL = """\
import numpy as np

Y = np.array([1.0, 0.0, 0.0, 1.0])
GAMMA = 2.0

def forward(z):
    p = 1 / (1 + np.exp(-z))
    right = np.where(Y == 1, p, 1 - p)
    return np.mean(-((1 - right) ** GAMMA) * np.log(right))

def backward(z):
    p = 1 / (1 + np.exp(-z))
    right = np.where(Y == 1, p, 1 - p)
    outer = GAMMA * (1 - right) ** (GAMMA - 1) * np.log(right)
    inner = (1 - right) ** GAMMA / right
    dright = (outer - inner) / z.size
    dz = np.where(Y == 1, dright, -dright) * p * (1 - p)
    return dz
"""

CAUSAL = """\
import numpy as np

def delayed(x, d):
    out = np.zeros_like(x)
    out[d:] = x[:-d]
    return out

def forward(x, w, v, d=2):
    return np.tanh(x @ w + delayed(x, d) @ v), (x, w, v, d)

def advanced(g, d):
    dx = np.zeros_like(g)
    dx[:-d] = g[d:]
    return dx

def backward(dout, cache):
    x, w, v, d = cache
    da = dout * (1 - np.tanh(x @ w + delayed(x, d) @ v) ** 2)
    dx = da @ w.T
    dx += advanced(da @ v.T, d)
    return dx, x.T @ da, delayed(x, d).T @ da
"""


DIFFUSION = """\
import numpy as np

def bend(u):
    out = -2.0 * u
    out[1:] += u[:-1]
    out[:-1] += u[1:]
    return out

def forward(u, k):
    states = []
    for _ in range(4):
        states.append(u)
        u = u + k * bend(u)
    return u, (states, k)

def backward(dout, cache):
    states, k = cache
    du, dk = dout, np.zeros_like(k)
    for u in reversed(states):
        dk += du * bend(u)
        du = du + bend(k * du)
    return du, dk
"""

STEERED = """\
import numpy as np

def forward(u, s, size):
    a, b = size
    ratio, states, cost = b / (a + b), [s], 0.0
    for one in u:
        turn = np.arctan(ratio * one)
        s = s + 0.1 * np.array([np.cos(s[1] + turn), np.sin(turn) / b])
        states.append(s)
        cost += (s ** 2).sum()
    return cost, (u, a, b, ratio, states)

def backward(dout, cache):
    u, a, b, ratio, states = cache
    ds, du, dratio, db = np.zeros(2), np.zeros_like(u), 0.0, 0.0
    for t in reversed(range(len(u))):
        ds = ds + 2 * dout * states[t + 1]
        turn = np.arctan(ratio * u[t])
        slope = -0.1 * np.sin(states[t][1] + turn) * ds[0]
        dturn = slope + 0.1 * np.cos(turn) / b * ds[1]
        db -= 0.1 * np.sin(turn) / b**2 * ds[1]
        ds[1] += slope
        dratio += dturn * u[t] / (1 + (ratio * u[t]) ** 2)
        du[t] = dturn * ratio / (1 + (ratio * u[t]) ** 2)
    db += dratio * a / (a + b) ** 2
    da = -dratio * b / (a + b) ** 2
    return du, ds, np.array([da, db])
"""


POOLED = """\
import numpy as np

def spread(p, dp, axis):
    return p * (dp - (dp * p).sum(axis=axis, keepdims=True))

def widen(d):
    wide = np.zeros((len(d), 6))
    for at in range(2):
        wide[:, at:at + 4] += d
    return wide[:, 1:5]

def forward(x, w):
    s = np.exp(x @ w)
    p = s / s.sum(axis=1, keepdims=True)
    wide = np.pad(x, ((0, 0), (1, 1)))
    return p + wide[:, 0:4] + wide[:, 1:5], (x, w, p)

def backward(dout, cache):
    x, w, p = cache
    dz = spread(p, dout, axis=1)
    dx = widen(dout)
    dx += dz @ w.T
    return dx, x.T @ dz
"""


RANKED = """\
import numpy as np

def both(d, a, b):
    return d @ b.T, a.T @ d

def forward(x, w, v, q):
    order = np.argsort(x[:, 2])
    s = np.cumsum(x[order], axis=0) * np.arange(1.0, len(x) + 1)[:, None]
    return s @ w + x @ v + (q @ w @ q.T)[: len(x)], (x, w, v, q, order, s)

def backward(dout, cache):
    x, w, v, q, order, s = cache
    ds, dw = both(dout, s, w)
    dsorted = np.cumsum((ds * np.arange(1.0, len(x) + 1)[:, None])[::-1], axis=0)[::-1]
    back = np.argsort(order)
    dx = dsorted[back]
    more, dv = both(dout, x, v)
    dx = dx + more
    dall = np.zeros_like(w)
    dall[: len(x)] = dout
    dw = dw + q.T @ dall @ q
    return dx, dw, dv, dall @ q @ w.T + dall.T @ q @ w
"""


class Slip(NamedTuple):
    """One change of right code, and how the mistake is called."""

    code: str
    shapes: list[tuple[int, ...]]
    right: str
    wrong: str
    kind: str


SLIPS = {
    "a list that is not turned round": Slip(SCAN, [(5, 2), (2,)], "dxs[::-1]", "dxs", "wrong-index"),
    "one minus what is kept": Slip(SCAN, [(5, 2), (2,)], "ds = ds * keep", "ds = ds * (1 - keep)", "rule"),
    "a padding that is not cut off in front": Slip(
        CROPPED, [(4, 4), (3, 3)], "dwide[pad:pad + h, pad:pad + width]", "dwide[:h, :width]", "wrong-index"
    ),
    "two axes of a square exchanged": Slip(CROPPED, [(4, 4), (3, 3)], "hw,ij->ijhw", "hw,ij->jihw", "transposed"),
    "a mean forgotten that three lines read": Slip(TRIPLET, [(5, 3)] * 3, " / len(anchor)", "", "factor"),
    "a shift in the direction of the forward's": Slip(
        CAUSAL, [(5, 2), (2, 3), (2, 3)], "dx[:-d] = g[d:]", "dx[d:] = g[:-d]", "wrong-index"
    ),
    "a map scaled where its argument is to be": Slip(DIFFUSION, [(6,), (6,)], "bend(k * du)", "k * bend(du)", "order"),
    "a helper that is given another axis": Slip(
        POOLED, [(3, 4), (4, 4)], "spread(p, dout, axis=1)", "spread(p, dout, axis=0)", "wrong-axis"
    ),
    "an order that is applied once more": Slip(
        RANKED, [(3, 4), (4, 4), (4, 4), (4, 4)], "dx = dsorted[back]", "dx = dsorted[order]", "wrong-index"
    ),
    "a gradient written over with another beside it": Slip(
        RANKED,
        [(3, 4), (4, 4), (4, 4), (4, 4)],
        "more, dv = both(dout, x, v)\n    dx = dx + more",
        "dx, dv = both(dout, x, v)",
        "missing-path",
    ),
    "a map taken from both sides the other way": Slip(
        RANKED, [(3, 4), (4, 4), (4, 4), (4, 4)], "q.T @ dall @ q", "q @ dall @ q.T", "transposed"
    ),
    "a mask that lets nothing through of what is leaky": Slip(LEAKY, [(3, 4)], "dout, 0.1 * dout", "dout, 0", "rule"),
}


def verdict(slip: Slip, folder: Path) -> tuple[Comparison, set[int]]:
    """What is said of a slip, and its line."""
    assert slip.code.count(slip.right) == 1
    path = folder / f"{folder.name}.py"  # Python remembers the lines of a file by its name
    path.write_text(slip.code.replace(slip.right, slip.wrong), "utf-8")
    theirs, rng = module(path), np.random.default_rng(3)
    inputs = tuple(rng.normal(size=shape) for shape in slip.shapes)
    line = slip.code[: slip.code.index(slip.right)].count("\n") + 1
    return check_backward(theirs.forward, theirs.backward, inputs), {line}


@pytest.mark.parametrize("name", SLIPS)
def test_the_line_alone_is_told_and_the_slip_is_named(name: str, tmp_path: Path) -> None:
    found, line = verdict(SLIPS[name], tmp_path)
    assert {cause.source.line for cause in found.causes if cause.source} == line
    assert any(SLIPS[name].kind in (one.slip.kind, *one.slip.also) for one in found.causes if one.slip)


def test_what_a_variable_is_given_and_its_only_use_are_told_as_either(tmp_path: Path) -> None:
    slip = Slip(FOCAL, [(4,)], "** GAMMA / right", "** GAMMA", "forgot-local")
    found, (line,) = verdict(slip, tmp_path)
    assert f"either line {line} or line {line + 1}" in " ".join(str(found).split())


def test_of_numbers_put_together_the_line_of_the_wrong_one_is_told(tmp_path: Path) -> None:
    slip = Slip(STEERED, [(16,), (2,), (2,)], "db -= 0.1 * np.sin(turn) / b**2 * ds[1]", "pass", "missing-path")
    found, _ = verdict(slip, tmp_path)
    assert [cause.source.text for cause in found.causes if cause.source] == ["db += dratio * a / (a + b) ** 2"]


def test_a_path_that_is_missing_is_told_where_the_gradient_has_its_name_and_not_in_the_helper(tmp_path: Path) -> None:
    found, _ = verdict(Slip(POOLED, [(3, 4), (4, 4)], "dx += dz @ w.T", "pass", "missing-path"), tmp_path)
    assert [cause.source.text for cause in found.causes if cause.source] == ["dx = widen(dout)"]


def test_one_of_two_terms_is_no_wrong_sign(tmp_path: Path) -> None:
    code = """\
import numpy as np

def forward(x):
    s = 1 / (1 + np.exp(-x))
    return x * s, (x, s)

def backward(dout, cache):
    x, s = cache
    dx = dout * (s + x * s * (1 - s))
    return dx
"""
    found, _ = verdict(Slip(code, [(3, 4)], "(s + x * s * (1 - s))", "(x * s * (1 - s))", "rule"), tmp_path)
    (cause,) = found.causes
    assert cause.slip is not None
    assert "sign" not in (cause.slip.kind, *cause.slip.also)
