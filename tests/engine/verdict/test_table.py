"""The table, literally: its text is what a learner reads."""

from textwrap import dedent

from handgrad import Value, compare, manual
from handgrad.verdict.table import NARROWEST, WIDTH, note_lines, sentence_width, text_width

from ..slips.lecture import filled


def expected(text: str) -> str:
    return dedent(text).strip("\n")


def test_a_table_shows_each_node_in_backward_order_with_the_slip_under_it() -> None:
    nodes = filled(d=2.0, c=2.0, e=2.0, b=None, a=4.0)
    assert str(compare(nodes["L"])) == expected(
        """
        node   data   your grad   expected   status
        L        -8           1          1   correct
        f        -2           4          4   correct
        d         4           2         -2   WRONG
            ^ d: the size fits, the sign does not: look for a lost or an extra minus on
              the way from L.
        c        10           2         -2   carried
        e        -6           2         -2   carried
        b        -3           ?         -4   missing
        a         2           4          6   WRONG
            ^ a: that is what '*' passes to the other operand, b. Which is for this
              node?

        7 nodes: 2 correct, 2 wrong, 1 missing, 2 carried. Mend first: d, a.
        """
    )


def test_without_the_answers_no_expected_number_is_printed() -> None:
    nodes = filled(a=-6.5)
    assert compare(nodes["L"]).table(reveal=False) == expected(
        """
        node   data   your grad   status
        L        -8           1   correct
        f        -2           4   correct
        d         4          -2   correct
        c        10          -2   correct
        e        -6          -2   correct
        b        -3          -4   correct
        a         2        -6.5   WRONG
            ^ a: no usual mistake gives this number. The nudge test helps: move a by
              0.001, work out what is computed from it again, and divide what L has
              moved by 0.001.

        7 nodes: 6 correct, 1 wrong. Mend first: a.
        """
    )


def test_all_correct_is_said_in_one_line() -> None:
    assert str(compare(filled()["L"])).endswith("\n\nAll correct: 7 nodes.")


def test_what_is_missing_next_is_said() -> None:
    assert str(compare(filled(e=None, a=None)["L"])).endswith("Next to fill in: e.")


def test_numbers_that_differ_late_are_shown_with_enough_digits() -> None:
    nodes = filled(f=4.0000000321)
    assert "4.00000003 " in str(compare(nodes["L"], rtol=0.0, typed=False))


def test_an_odd_label_cannot_break_the_table() -> None:
    nodes = filled(a=-6.5)
    nodes["a"].label = 'x\n| "{<b>\t\x00'
    nodes["b"].label = "値😀"
    lines = str(compare(nodes["L"])).splitlines()
    assert next(line for line in lines if r"x\n|" in line).endswith("WRONG")
    assert len(lines) == 13


def test_a_long_table_keeps_the_causes_and_says_what_it_leaves_out() -> None:
    with manual():
        x = node = Value(1.0, "x")
        for i in range(500):
            node = node * 1.001
            node.label = f"n{i}"
    node.grad = 1.0
    x.grad = -5.0
    text = str(compare(node))
    assert "\nx " in text
    assert text.endswith("501 nodes: 1 correct, 1 wrong, 499 missing. 441 are not shown. Mend first: x.")


def test_a_reference_that_differs_late_is_shown_with_enough_digits_too() -> None:
    with manual():
        x, w = Value(1.5, "x"), Value(-0.33475903, "w")
        root = x * w
    root.grad, w.grad, x.grad = 1.0, 1.5, -0.33475904
    row = next(line for line in str(compare(root, rtol=0.0, typed=False)).splitlines() if line.startswith("x "))
    assert row.split() == ["x", "1.5", "-0.33475904", "-0.33475903", "WRONG"]


def test_one_node_is_said_as_one_and_more_than_four_causes_are_counted() -> None:
    nodes = filled()
    assert str(compare(nodes["L"], nodes=[nodes["a"]])).endswith("All correct: 1 node.")
    assert str(compare(nodes["L"], nodes=[])).endswith("No node is checked.")
    wrong = filled(f=9.1, d=9.2, c=9.3, e=9.4, b=9.5, a=9.6)
    assert str(compare(wrong["L"])).replace("\n", " ").endswith("Mend first: f, d, c, e and 2 more.")


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    assert [text_width(text) for text in ("abc", "値", "e\u0301", "😀a")] == [3, 2, 1, 3]


def test_sentences_are_as_wide_as_the_terminal_between_two_bounds(monkeypatch) -> None:
    for columns, width in ((10, NARROWEST), (50, 50), (500, WIDTH)):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert sentence_width() == width
    assert note_lines("") == []
