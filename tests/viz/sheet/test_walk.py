"""The way through the pass: where it ends, and what is said there."""

from handgrad import Value, label, manual

from ..graphs import lecture, recurrence
from .asking import ask, sheet_of
from .layer import layer


def test_the_end_of_the_walk_says_what_was_walked():
    assert "the whole pass" in ask(sheet_of(lecture()), "steps")["end"]
    with manual():
        root = recurrence(100)
    assert "the pass over what is shown" in ask(sheet_of(root), "steps")["end"]
    with manual():
        x = Value(1.5, "x")
        L = x + 0.0
        for _ in range(2100):
            L = L + x
    L.label = "L"
    walk = sheet_of(L).walk
    assert len(walk.steps) == 2000
    assert "gradients(root) is the whole pass" in walk.end


def test_a_step_is_told_with_its_place_in_the_pass_and_what_stands_beside_its_edge():
    steps = ask(sheet_of(lecture()), "steps")["steps"]
    assert [step["heading"] for step in steps] == [f"Step {place} of 6" for place in range(1, 7)]
    assert steps[4]["shown"] == {"sum": "6", "contribution": "6", "product": "-2 \u00d7 (-3) = 6"}


def test_beside_an_edge_there_are_four_digits():
    with manual():
        L = label(Value(1 / 3, "a") * 0.123456789, "L")
    (step,) = ask(sheet_of(L), "steps")["steps"]
    assert step["shown"]["product"] == "1 \u00d7 0.1235 = 0.1235"
    assert step["shown"]["contribution"] == "0.123457"


def test_of_a_step_between_arrays_a_word_stands_for_the_numbers():
    steps = ask(sheet_of(layer()[-1]), "steps")["steps"]
    shown = next(step["shown"] for step in steps if step["operand"] == "W")
    assert shown["sum"] == shown["contribution"] == ""
    assert float(shown["maps"]["sum"]["values"][0][0])
    assert all(len(row) == 2 for row in shown["maps"]["contribution"]["tones"])


def test_the_plan_has_no_number():
    plan = ask(sheet_of(lecture()), "plan")
    assert plan["steps"][0]["label"] == "contribution to d from L"
    assert {key for step in plan["steps"] for key in step} == {
        "operand", "consumer", "edge", "use", "uses", "label", "of",
    }  # fmt: skip
