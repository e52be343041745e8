"""Two slips in one backward, one right above the other: each at its own line, and nothing excused by a convention."""

import importlib.util

import numpy as np
import pytest

from handgrad import check_backward

NET = """import numpy as np

def forward(X, W1, b1, W2, b2, t):
    z = X @ W1 + b1
    h = np.maximum(z, 0)
    out = h @ W2 + b2
    return ((out - t) ** 2).mean()

def backward(X, W1, b1, W2, b2, t):
    z = X @ W1 + b1
    h = np.maximum(z, 0)
    out = h @ W2 + b2
    dout = 2 * (out - t) / out.size
    dW2 = h.T @ dout
    db2 = dout.sum(0)
    dh = dout @ W2.T
    dz = dh * (z > 0)
    dW1 = X.T @ dz
    db1 = dz.sum(0)
    return {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}
"""
SHAPES = {"X": (5, 3), "W1": (3, 4), "b1": (4,), "W2": (4, 2), "b2": (2,), "t": (5, 2)}
DZ, DW1, DB1, DOUT = "dz = dh * (z > 0)", "dW1 = X.T @ dz", "db1 = dz.sum(0)", "dout = 2 * (out - t) / out.size"


def checked(changes, folder):
    text = NET
    for right, wrong in changes.items():
        assert text.count(right) == 1
        text = text.replace(right, wrong)
    (folder / "net.py").write_text(text)
    spec = importlib.util.spec_from_file_location("net", folder / "net.py")
    net = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(net)
    rng = np.random.default_rng(0)
    return check_backward(net.forward, net.backward, {name: rng.normal(size=of) for name, of in SHAPES.items()})


@pytest.mark.drawn(1, rest=2)
@pytest.mark.parametrize(
    "changes",
    [
        {DZ: "dz = -dh * (z > 0)", DB1: "db1 = dz.mean(0)"},
        {DZ: "dz = -dh * (z > 0)", DW1: "dW1 = X.T @ dz * 2"},
        {DZ: "dz = dh * (z > 0) * 0.5", DB1: "db1 = dz.mean(0)"},
        {DZ: "dz = dh * (z < 0)", DB1: "db1 = dz.mean(0)"},
        {DOUT: "dout = 2 * (out - t) / len(t)", "db2 = dout.sum(0)": "db2 = dout.mean(0)"},
        {DOUT: "dout = 2 * (out - t) / len(t)", "dW2 = h.T @ dout": "dW2 = h.T @ dout * 2"},
        {DZ: "dz = dh", DB1: "db1 = dz.mean(0)"},
        {DZ: "dz = dh", DW1: "dW1 = X.T @ dz / 5"},
        {DZ: "dz = dh * 1", DB1: "db1 = dz.mean(0)"},
        {DZ: "dz = dh"},
    ],
    ids=lambda changes: "; ".join(changes.values()),
)
def test_each_is_told_at_its_own_line(changes, tmp_path):
    found = checked(changes, tmp_path)
    assert {cause.source.text for cause in found.causes} == set(changes.values())
    assert "convention" not in found.remark


def test_without_a_slip_there_is_no_cause(tmp_path):
    assert checked({}, tmp_path).ok
