"""Which katas a list shows."""

from types import SimpleNamespace

import pytest

from handgrad.demos.katas.terminal.picking import STATES, filter_katas
from handgrad.demos.katas.workspace.progress import Progress

KATAS = [
    SimpleNamespace(name="slope", title="Slope", belt="white"),
    SimpleNamespace(name="softmax", title="The Softmax", belt="brown"),
    SimpleNamespace(name="max_pool", title="A maximum", belt="brown"),
]
PROGRESS = Progress(passed=frozenset({"softmax"}))


@pytest.mark.parametrize(
    ("words", "state", "names"),
    [
        ("", "all", "slope softmax max_pool"),
        ("", "done", "softmax"),
        ("", "pending", "slope max_pool"),
        ("max", "all", "softmax max_pool"),
        ("MAX brown", "pending", "max_pool"),  # each word somewhere: the name, the title or the belt
        ("the", "all", "softmax"),
        ("white max", "all", ""),
        ("  slope  ", "done", ""),
    ],
)
def test_a_kata_is_shown_that_has_all_words_and_the_state(words, state, names):
    assert state in STATES
    assert " ".join(kata.name for kata in filter_katas(KATAS, PROGRESS, words, state)) == names
