"""Statements that stand in the wrong place: told where they stand, and put where they belong by the patch."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from handgrad import Comparison, check_backward
from tests.engine.adapters.collected.case import module

SPRING = """\
import numpy as np

def forward(x, v, k):
    steps = []
    for _ in range(4):
        steps.append((x, v))
        v = v - 0.1 * k * x - 0.1 * v ** 2
        x = x + 0.1 * v
    return x, (steps, k)

def backward(dout, cache):
    steps, k = cache
    dx, dv, dk = dout, np.zeros_like(dout), np.zeros_like(k)
    for x, v in reversed(steps):
        dv = dv + 0.1 * dx
        dk -= 0.1 * dv * x
        dx = dx - 0.1 * k * dv
        dv = dv * (1 - 0.2 * v)
    return dx, dv, dk
"""


def moved(text: str, below: str) -> str:
    """The code with one of its lines put below another one."""
    (line,) = [one for one in SPRING.splitlines() if one.strip() == text]
    rest = [one for one in SPRING.splitlines() if one != line]
    at = next(place for place, one in enumerate(rest) if one.strip() == below)
    return "\n".join([*rest[: at + 1], line, *rest[at + 1 :]]) + "\n"


def verdict(code: str, folder: Path) -> Comparison:
    path = folder / f"{folder.name}.py"  # Python remembers the lines of a file by its name
    path.write_text(code, "utf-8")
    theirs, rng = module(path), np.random.default_rng(3)
    return check_backward(theirs.forward, theirs.backward, tuple(rng.normal(size=3) for _ in range(3)))


def after_patch(code: str, patch: str) -> str:
    """The code with a diff of one part applied."""
    first, length = map(int, re.findall(r"@@ -(\d+),(\d+)", patch)[0])
    (_, *_, body) = patch.partition(re.findall(r"@@.*@@\n", patch)[0])
    new = [line[1:] for line in body.splitlines() if not line.startswith("-")]
    lines = code.splitlines()
    return "\n".join([*lines[: first - 1], *new, *lines[first - 1 + length :]]) + "\n"


SLIPS = {
    "saved after the step": ("steps.append((x, v))", "x = x + 0.1 * v"),
    "saved in the middle of the step": ("steps.append((x, v))", "v = v - 0.1 * k * x - 0.1 * v ** 2"),
    "read before it has arrived": ("dv = dv + 0.1 * dx", "dk -= 0.1 * dv * x"),
    "changed before it is read": ("dk -= 0.1 * dv * x", "dv = dv * (1 - 0.2 * v)"),
}


@pytest.mark.parametrize("name", SLIPS)
def test_a_statement_in_the_wrong_place_is_told_and_the_patch_puts_it_where_it_belongs(name, tmp_path):
    code = moved(*SLIPS[name])
    found = verdict(code, tmp_path)
    assert "order" in {kind for one in found.causes for kind in (one.slip.kind, *one.slip.also)}
    patched = tmp_path / "patched"
    patched.mkdir()
    assert verdict(after_patch(code, found.patch), patched).ok


def test_what_is_saved_too_late_is_blamed_and_not_the_backward_that_reads_it(tmp_path):
    code = moved(*SLIPS["saved after the step"])
    (cause,) = verdict(code, tmp_path).causes
    assert cause.source.text == "steps.append((x, v))"
    assert "stands in the wrong place" in cause.slip.message


def test_statements_whose_order_is_of_no_account_are_let_be(tmp_path):
    assert verdict(moved("dk -= 0.1 * dv * x", "dx = dx - 0.1 * k * dv"), tmp_path).ok
