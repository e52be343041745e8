"""What a comparison says besides the slips."""

from __future__ import annotations

import subprocess
import sys

import pytest

from handgrad.names import listed
from handgrad.verdict import sentences


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["a"], "a"),
        (["a", "a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "a", "c"], "a, b and c"),
        (["a", "b", "c", "d"], "a, b, c and d"),
        (["a", "b", "c", "d", "e"], "a, b, c and others"),
    ],
)
def test_a_list_in_words_says_each_name_once_and_cuts_a_longer_one(names: list[str], said: str) -> None:
    assert listed(names) == said


def test_one_entry_is_and_several_are() -> None:
    assert sentences.only("x[0]", 1).startswith("only x[0] is off")
    assert sentences.only("x[0] and x[1]", 2).startswith("only x[0] and x[1] are off")
    assert sentences.convention(["u"], 1200).startswith("u holds 1,200 times the gradient")
    assert sentences.convention(["u", "v"], 12).startswith("u and v hold 12 times the gradient")


def test_what_nothing_explains_is_to_be_tried_at_the_number_or_at_one_entry() -> None:
    assert "gives this number. The nudge test helps: move x by 0.001" in sentences.say_unexplained("x", "L", "x")
    of_an_array = sentences.say_unexplained("x", "L", "x[0, 1]", is_array=True)
    assert "gives these numbers. The nudge test helps: move x[0, 1] by" in of_an_array


def test_a_right_graph_is_judged_without_the_search_for_slips() -> None:
    code = (
        "import sys; from handgrad import Value, compare; x = Value(2.0, 'x'); y = x * x; y.backward(); "
        "assert compare(y).ok; assert 'handgrad.slips.search' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
