"""The table, literally: its text is what a learner reads."""

from textwrap import dedent

from handgrad import Status, Value, compare, gradients, label, manual
from handgrad.functional import cross_entropy
from handgrad.verdict import report
from handgrad.verdict.report import NARROWEST, WIDTH, sentence_width, text_width

from ..slips.lecture import filled


def expected(text: str) -> str:
    return dedent(text).strip("\n")


def test_a_table_shows_each_node_in_backward_order_with_the_slip_under_it() -> None:
    nodes = filled(d=2.0, c=2.0, e=2.0, b=None, a=4.0)
    assert str(compare(nodes["L"])) == expected(
        """
        Fix first: d, a.
          d: right magnitude, wrong sign: look for a missing or extra minus between L
          and here.

        node   data   your grad   expected   status
        L        -8           1          1   correct
        f        -2           4          4   correct
        d         4           2         -2   WRONG
        c        10           2         -2   carried
        e        -6           2         -2   carried
        b        -3           ?         -4   missing
        a         2           4          6   WRONG
            ^ a: that is what '*' passes to the other operand, b. Which is for this
              node?

        7 nodes: 2 correct, 2 wrong, 1 missing, 2 carried.
        """
    )


def test_without_the_answers_no_expected_number_is_printed() -> None:
    nodes = filled(a=-6.5)
    assert compare(nodes["L"]).table(reveal=False) == expected(
        """
        Fix first: a.
          a: no usual mistake gives this number. The nudge test helps: move a by 0.001,
          recompute what depends on it, and divide the change of L by 0.001.

        node   data   your grad   status
        L        -8           1   correct
        f        -2           4   correct
        d         4          -2   correct
        c        10          -2   correct
        e        -6          -2   correct
        b        -3          -4   correct
        a         2        -6.5   WRONG

        7 nodes: 6 correct, 1 wrong.
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
    assert next(line for line in lines if line.startswith(r"x\n|")).endswith("WRONG")
    assert lines[0].startswith(r"Fix first: x\n| ")
    assert all(line.isprintable() for line in lines)


def test_a_long_table_keeps_the_causes_and_says_what_it_leaves_out() -> None:
    with manual():
        x = node = Value(1.0, "x")
        for i in range(500):
            node = node * 1.001
            node.label = f"n{i}"
    node.grad = 1.0
    x.grad = -5.0
    text = str(compare(node))
    assert text.startswith("Fix first: x.")
    assert "\nx " in text
    assert text.endswith("501 nodes: 1 correct, 1 wrong, 499 missing. 440 are not shown.")


def chain(count: int, **written: float) -> str:
    """x times 1.001 again and again; all right but what is written."""
    with manual():
        node = Value(1.0, "x")
        for i in range(count):
            node = node * 1.001
            node.label = f"n{i}"
    for one, gradient in gradients(node).items():
        one.grad = written.get(one.label, gradient)
    return str(compare(node))


def test_what_is_right_is_folded_in_a_long_table() -> None:
    lines = chain(40, n20=-1.0).splitlines()
    assert lines[0] == "Fix first: n20."
    header, above, wrong, below = (line for line in lines if line.startswith(("...", "n")))
    assert (header.split()[0], above, wrong.split()[-1], below) == ("node", "... 19 correct", "WRONG", "... 21 correct")
    lines = chain(40).splitlines()
    assert lines[1:] == ["... 41 correct", "", "All correct: 41 nodes."]
    assert "..." not in chain(12)


def test_rows_that_are_folded_are_never_laid_out(monkeypatch) -> None:
    laid_out, cells_of = [], report.cells_of
    monkeypatch.setattr(
        "handgrad.verdict.report.cells_of", lambda entry, *rest: laid_out.append(entry.name) or cells_of(entry, *rest)
    )
    chain(300, n200=-1.0)
    assert laid_out == ["n200"]


def test_the_same_advice_is_said_once() -> None:
    with manual():
        xs = [Value(0.1 * i, f"x{i}") for i in range(1, 7)]
        L = label(sum(x.exp() * (i + 1.7) for i, x in enumerate(xs)), "L")
    right = gradients(L)
    for i, x in enumerate(xs):
        x.grad = right[x] + 0.7654321 * 1.37**i
    text = " ".join(str(compare(L, nodes=xs)).split())
    assert text.count("no usual mistake gives this number") == 1
    assert "by 0.001. The same at 5 more." in text
    for x in xs[3:]:
        x.grad = right[x]
    assert "The same at x2 and x1." in " ".join(str(compare(L, nodes=xs)).split())


def test_advice_that_differs_in_the_indices_of_names_alone_is_said_once() -> None:
    with manual():
        w = [[Value(0.3 * i - 0.2 * j + 0.4, f"W[{i}][{j}]") for j in range(2)] for i in range(2)]
        x = [Value(0.7, "x[0]"), Value(-1.3, "x[1]")]
        y = [label(w[0][j] * x[0] + w[1][j] * x[1], f"y[{j}]") for j in range(2)]
        L = label(y[0] * y[1], "L")
    right = gradients(L)
    for node, gradient in right.items():
        node.grad = gradient
    for i in range(2):
        for j in range(2):
            w[i][j].grad = w[i][j].data * right[y[j]]
    text = " ".join(str(compare(L)).split())
    assert text.count("passes to the other operand") == 1
    assert "the other operand, x[1]. Which is for this node? The same at W[0][1], W[1][0] and W[0][0]." in text


def test_the_same_words_are_said_once_whatever_indices_stand_in_them() -> None:
    with manual():
        w = [Value(0.3, "W[0]"), Value(-0.7, "W[1]"), Value(0.9, "W[2]")]
        L = label(label(cross_entropy(w, 1, fused=True), "z[1]") * 1.7, "L")
    right = gradients(L)
    for node, gradient in right.items():
        node.grad = -gradient if node in w else gradient
    text = " ".join(str(compare(L, nodes=[*w, L.operands[0]])).split())
    assert text.count("look for a missing or extra minus") == 1
    assert "The same at W[1] and W[0]." in text


def test_advice_whose_indices_stand_otherwise_beside_its_own_is_said_again() -> None:
    with manual():
        a, b = [Value(0.7, "a1"), Value(-1.3, "a2")], [Value(2.3, "b1"), Value(0.4, "b2")]
        L = label(a[0] * b[1] + a[1] * b[0], "L")
    for node, gradient in gradients(L).items():
        node.grad = gradient
    for leaf in a:
        leaf.grad = leaf.data
    text = " ".join(str(compare(L)).split())
    assert "a2: that is what '*' passes to the other operand, b1. Which is for this node? a1" not in text
    assert text.count("passes to the other operand") == 2


def test_steps_of_a_loop_on_one_line_of_code_are_one_row() -> None:
    with manual():
        h = Value(0.3, "h0")
        steps = [h]
        for t in range(1, 30):
            h = label((h * 0.9).tanh(), f"h{t}")
            steps.append(h)
        other = Value(1.0, "b")
        L = label(h + other, "L")
    for step in (*steps, other):
        step.grad = 0.7654321
    comparison = compare(L, nodes=[*steps, other])
    for result in comparison.results:
        if result.status is Status.WRONG:
            result.source = ("/a/folder/rnn.py", 19, "dhnext = dz @ Wh")
    lines = str(comparison).splitlines()
    assert lines[0] == "Fix first: h (30 steps), b." or lines[0] == "Fix first: b, h (30 steps)."
    assert "rnn.py:19, at each of 30 steps: dhnext = dz @ Wh" in " ".join(lines)
    assert len([line for line in lines if "WRONG" in line]) == 2
    assert lines[-1] == "31 nodes: 31 wrong."


def test_nothing_is_wider_than_the_terminal(monkeypatch) -> None:
    with manual():
        x = Value(2.0, "a_very_long_name_of_a_parameter_of_a_network_with_many_layers_and_more_of_them_still")
        y = label((x * 1.2345 + 0.1).sigmoid().log(), "値" * 50)
    y.grad, x.grad = 0.123456789012345, -0.123456789012346
    for columns in (60, 80, 200):
        monkeypatch.setenv("COLUMNS", str(columns))
        lines = str(compare(y, rtol=0.0, typed=False)).splitlines()
        assert max(map(text_width, lines)) <= min(columns, 79)
        assert text_width(next(line for line in lines if line.endswith("status"))) >= min(columns, 79) - 1
        row = next(line for line in lines if line.startswith("a_v") and "..." in line)
        assert row.endswith("WRONG")
        head, _, tail = row.split()[0].partition("...")
        assert len(head) - len(tail) in (0, 1)


def test_the_cause_and_its_sentence_stand_within_the_first_twelve_lines() -> None:
    lines = chain(200, n100=-1.0, n50=17.0).splitlines()
    assert lines[0] == "Fix first: n100, n50."
    assert lines[1].startswith("  n100: ")
    assert len(lines) < 70


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
    assert str(compare(wrong["L"])).startswith("Fix first: f, d, c, e and 2 more.\n")


def test_a_number_of_two_decimals_is_told_as_that_and_after_the_mistakes() -> None:
    with manual():
        x = Value(0.7, "x")
        u = label(x.tanh(), "u")
        L = label((u * 0.37).sigmoid(), "L")
    L.grad, u.grad, x.grad = 1.0, 0.09, 0.9
    lines = str(compare(L, nodes=[L, u, x])).splitlines()
    assert lines[0] == "Fix first: x."
    assert next(line for line in lines if line.startswith("u ")).endswith("rounded")
    assert lines[-1] == "3 nodes: 1 correct, 1 wrong, 1 rounded."
    x.grad = 0.09 * (1.0 - u.data**2)
    lines = str(compare(L, nodes=[L, u, x])).splitlines()
    assert lines[0] == "Give more digits: u."
    assert lines[1] == "  that is the gradient of u rounded to too few decimals: right so far; give"


def test_wide_characters_take_two_columns_and_combining_ones_none() -> None:
    assert [text_width(text) for text in ("abc", "値", "e\u0301", "😀a")] == [3, 2, 1, 3]


def test_sentences_are_as_wide_as_the_terminal_between_two_bounds(monkeypatch) -> None:
    for columns, width in ((10, NARROWEST), (50, 50), (500, WIDTH)):
        monkeypatch.setenv("COLUMNS", str(columns))
        assert sentence_width() == width


def test_the_second_paragraph_of_a_note_hangs_under_the_first() -> None:
    assert report.wrap(report.Line("note", "one\ntwo")) == ["    ^ one", "      two"]


def test_a_name_of_thousands_of_letters_is_measured_a_few_times_and_not_once_a_letter(monkeypatch) -> None:
    measured, width_of = [], report.text_width
    monkeypatch.setattr("handgrad.verdict.report.text_width", lambda text: measured.append(len(text)) or width_of(text))
    letters = 3000
    with manual():
        x = Value(2.0, "\u5024" * letters)
        y = label(x * x, "y" * letters)
    y.grad, x.grad = 1.0, 3.0
    text = compare(y).table()
    assert sum(measured) < 200 * letters
    assert max(map(width_of, text.splitlines())) <= WIDTH


def test_no_escape_of_somebodys_words_reaches_the_terminal() -> None:
    said = report.wrap(report.Line("advice", "a \x1b[2Jtitle"))
    assert said == ["  a \\x1b[2Jtitle"]
    assert report.wrap(report.Line("note", "\x9b1m")) == ["    ^ \\x9b1m"]


def test_many_numbers_that_were_carried_on_are_folded() -> None:
    with manual():
        x, nodes = Value(0.3, "x"), []
        for i in range(30):
            nodes.append(label((nodes[-1] if nodes else x).tanh(), f"n{i}"))
    right = gradients(nodes[-1])
    for node, gradient in right.items():
        node.grad = gradient if node in nodes[27:] else 2.0 * gradient
    text = compare(nodes[-1]).table()
    assert "\n... 3 correct\n" in text
    assert "\n... 27 carried\n" in text
    assert text.splitlines()[0] == "Fix first: n26."
