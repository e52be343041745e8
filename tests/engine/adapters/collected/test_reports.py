"""Wrong gradients that people have reported stay judged as well as they are.

"Seen" are those that were looked at while the code was written.
"""

import time
from itertools import count
from typing import NamedTuple

import pytest

from handgrad import check_backward
from tests.drawing import draw

from . import public, reports
from .case import Case, Judged, judged, module, some, tally
from .engines import SCALARS
from .planted import planted
from .rules import RULES


class Row(NamedTuple):
    """Some cases, and how they were judged when it was last looked at: no fewer well, and no more badly.

    Attributes:
        alone: on their line, and no other.
        named: as one of the mistakes that fit.
        accused: where a right line is named.
    """

    cases: list[Case]
    alone: int
    named: int
    accused: int


ROWS = {
    "NumPy code, seen": Row(public.SEEN, 12, 12, 1),
    "NumPy code, unseen": Row(public.UNSEEN, 11, 10, 1),
    "all doors, seen": Row(reports.SEEN, 24, 26, 2),
    "all doors, unseen": Row(reports.UNSEEN, 23, 22, 2),
}


EVERYDAY = [case for row in ROWS.values() for case in row.cases if case not in RULES]
"""Without JAX's."""


@pytest.mark.drawn(3, rest=0)
@pytest.mark.parametrize("case", EVERYDAY, ids=lambda case: case.report)
def test_a_wrong_gradient_is_flagged_or_said_not_to_be_judged_and_its_right_version_is_let_be(case):
    check(judged(case))


def check(one):
    assert one.found is not None, one.refusals
    assert one.is_flagged or "was not judged" in one.found.remark
    assert one.right is not None, one.refusals
    assert one.right.ok


@pytest.mark.rest
@pytest.mark.drawn(0, rest=1)
@pytest.mark.parametrize("row", ROWS)
def test_all_are_flagged_and_as_many_as_ever_on_their_line_alone_and_by_name(row, request):
    cases = draw(request, ROWS[row].cases, 7)
    each = [judged(case) for case in cases]
    undrawn = len(ROWS[row].cases) - len(cases)  # which may be those that are judged well
    for one in each:
        check(one)
    counts = tally(each)
    assert counts.alone >= ROWS[row].alone - undrawn
    assert counts.named >= ROWS[row].named - undrawn
    assert counts.accused <= ROWS[row].accused


def test_no_case_is_in_both_halves_and_each_has_a_line():
    lists = (reports.SEEN, reports.UNSEEN)
    first, second = ({case.report for case in cases} for cases in lists)
    assert not first & second
    assert all(case.lines for cases in lists for case in cases)


RIGHT = "def f(x):\n    y = 2 * x\n    return y\n"


@pytest.mark.parametrize(
    ("wrong", "lines"),
    [
        (RIGHT.replace("2 * x", "x"), {2}),
        (RIGHT.replace("    y = 2 * x\n", ""), {1, 2}),
        (RIGHT.replace("return", "y = y\n    return"), {3}),
    ],
)
def test_the_lines_of_a_case_are_those_that_differ(wrong, lines):
    assert Case("", RIGHT, wrong, lambda path: None, frozenset()).lines == lines


def test_what_is_planted_is_one_line_that_changes_a_gradient():
    def gradients(path):
        space = {}
        exec(path.read_text("utf-8"), space)
        root, found, stack = space["program"](), [], []
        stack.append(root)
        while stack:
            node = stack.pop()
            found.append(node.grad)
            stack += sorted(node._prev, key=lambda one: one.data)
        return found

    cases = list(planted("scalars", SCALARS, lambda path: None, gradients))
    assert len(cases) >= 8
    assert all(len(case.lines) == 1 for case in cases)


def test_either_of_two_lines_accuses_none():
    class Found:
        ok, causes = False, []

        def __str__(self):
            return "It is either line 2 or\nline 5: a change of one of them fixes it."

    case = Case("", RIGHT, RIGHT.replace("2 * x", "x"), lambda path: None, frozenset())
    one = Judged(case, Found(), None, False, [], 0.0)
    assert one.is_either
    assert not one.is_alone
    assert not one.accuses_another


@pytest.mark.rest
def test_the_line_is_the_same_on_a_machine_that_is_slow(monkeypatch, tmp_path):
    hours = count(0.0, 3600.0)
    monkeypatch.setattr(time, "thread_time", lambda: next(hours))
    case = next(case for case in public.SEEN if case.report == "CaptainE/RNN-LSTM-in-numpy#1")
    path = tmp_path / "theirs.py"
    path.write_text(case.wrong, "utf-8")
    theirs = module(path)
    found = check_backward(theirs.forward, theirs.backward, some(8, (4, 3, 5), (4, 3), (3, 2))(), quick=True)
    assert {cause.source[1] for cause in found.causes} == case.lines
