"""A rule that is asked alone is tried as a whole backward is."""

import numpy as np
import pytest

from handgrad.repair.proof import experiment
from handgrad.repair.trial import Numbers, Outcome, Point, Subject

from ..adapters.micrograd.cases import from_file

TEXT = """
def forward(x, w):
    return x * w + x**2


def backward(x, w, g):
    slope = {slope}
    dw = g * x
    return g * slope, dw
"""


def rule(folder, slope):
    path = folder / "rule.py"
    path.write_text(TEXT.format(slope=slope), "utf-8")
    theirs = from_file(path)

    def point(x, w, g):
        def run(between):
            out = theirs.forward(x, w)
            between()
            dx, dw = theirs.backward(x, w, g)
            return Outcome({"x": np.asarray(dx), "w": np.asarray(dw)}, [np.asarray(out)])

        return Point.build_with_truth(run, {"x": np.asarray(g * (w + 2 * x)), "w": np.asarray(g * x)}, 1e-9)

    functions = [theirs.forward, theirs.backward]
    here, *elsewhere = point(0.3, -1.7, 1.3), point(1.1, 0.4, -0.6), point(-2.2, 0.9, 0.8)
    known = [Numbers("data", "x", np.asarray(0.3))]
    shared = frozenset({(str(path), "forward")})
    ran = here.lines(functions)
    return Subject(functions, here, lambda: elsewhere, known, ran, shared, 1e-9, frozenset({"g"})), path


@pytest.mark.parametrize(
    ("slope", "fixed"), [("w - 2 * x", "w + 2 * x"), ("w + x", "w + 2 * x"), ("x + 2 * x", "w + 2 * x")]
)
def test_the_line_is_proven_and_the_diff_fixes_it(slope, fixed, tmp_path):
    subject, _ = rule(tmp_path, slope)
    proof = experiment(subject)
    assert proof.is_whole
    assert [one.source.text for one in proof.causes] == [f"slope = {slope}"]
    (added,) = [line[1:] for line in proof.patch.splitlines() if line.startswith("+") and not line.startswith("+++")]
    assert eval(added.partition("=")[2], {"w": 0.37, "x": 1.9}) == pytest.approx(0.37 + 2 * 1.9)


def test_nothing_is_proven_where_nothing_small_fixes(tmp_path):
    subject, _ = rule(tmp_path, "17.3 * x ** 5")
    proof = experiment(subject)
    assert not proof.is_whole
    assert not proof.patch
