"""One gradient is broken, the others are right or follow from it, and the same key breaks the same one."""

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.web.inside.session import Session
from handgrad.viz.sheet.layout import lay_out_with_graphviz

DAYS = [f"day/2026-03-{day:02}" for day in range(1, 6)]
PROGRAMS = [
    f"challenge/{seed}/{program}" for seed, program in enumerate(("L = a*b", "L = tanh(w*x + b)", "L = a*a + a"))
]


def opened(key):
    return Session(Course(), lay_out_with_graphviz).handle({"do": "state", "sheet": key})


@pytest.mark.parametrize("key", [*DAYS, *PROGRAMS])
def test_one_gradient_is_wrong_with_a_reason_and_each_other_is_right_or_follows(key):
    verdict = opened(key)["verdict"]
    statuses = [entry["status"] for entry in verdict.values()]
    assert statuses.count("wrong") == 1
    assert set(statuses) <= {"wrong", "carried", "correct", "skipped"}
    assert next(entry["slip"] for entry in verdict.values() if entry["status"] == "wrong")


def test_the_same_key_breaks_the_same_gradient_and_another_another():
    texts = [opened(key)["state"]["texts"] for key in (DAYS[0], DAYS[0], DAYS[1])]
    assert texts[0] == texts[1]
    assert texts[0] != texts[2]


def test_a_program_that_is_none_is_refused_in_words():
    assert "not understood" in opened("challenge/1/L = a b")["message"]
