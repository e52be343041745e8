"""How texts about katas look in a terminal."""

from dataclasses import replace

import pytest
from rich.text import Text

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.message_lines import Line
from handgrad.demos.katas.judging.verdict import Failure, Verdict
from handgrad.demos.katas.terminal import views
from handgrad.demos.katas.workspace.progress import Progress

COURSE = Course()
SLOPE, ADD = COURSE["slope"], COURSE["add"]


def plain(lines):
    return [line.plain for line in lines]


def test_an_escape_in_what_an_answer_says_or_prints_is_shown_and_not_sent():
    failure = Failure("test_it", "error", "", (Line("text", "ValueError: \x1b[2J"),), None)
    found = Verdict("slope", "error", failures=(failure,), output="\x1b]0;mine\x07\n")
    told = plain(views.verdict(None, SLOPE, found, 80))
    assert "ValueError: \\x1b[2J" in told
    assert "    \\x1b]0;mine\\x07" in told


def test_markdown_is_shown_without_its_signs_and_a_paragraph_is_one_line():
    text = "# Title\n\nA *plain* sentence\nof `x * y` and **all** of it.\n\n- one\n- two\n  more\n\n```\nx  =  1\n```\n"
    assert plain(views.markdown(text)) == [
        "Title", "", "A plain sentence of x * y and all of it.", "", "- one", "- two more", "", "    x  =  1",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["2 * 3 * 4", "a*b*c", "x * y", "grad*1"])
def test_a_star_that_multiplies_stays(text):
    assert plain(views.markdown(text)) == [text]


def test_code_and_names_are_coloured_and_no_word_depends_on_it():
    (line,) = views.markdown("Use `np.exp` **here**")
    assert line.plain == "Use np.exp here"
    assert [(line.plain[span.start : span.end], span.style) for span in line.spans] == [
        ("np.exp", "cyan"), ("here", "bold"),
    ]  # fmt: skip


def test_a_table_and_a_quotation_stay_lines_of_their_own():
    text = "Before\n| a | b |\n|---|---|\n> said\n> by her\nafter\n\n    x = 1\n    y = 2\nEnd."
    assert plain(views.markdown(text)) == [
        "Before", "| a | b |", "|---|---|", "> said", "> by her", "after", "", "    x = 1", "    y = 2", "End.",
    ]  # fmt: skip


def test_a_heading_a_list_and_code_end_the_paragraph_before():
    text = "One\ntwo\n## Three\nfour\n- five\n1. six\n```\nseven\n  eight\n```\nnine\n    ten"
    assert plain(views.markdown(text)) == [
        "One two", "Three", "four", "- five", "1. six", "    seven", "      eight", "nine", "    ten",
    ]  # fmt: skip


@pytest.mark.parametrize("width", [30, 31])
def test_a_note_leaves_the_last_column_free(width):
    lines = plain(views.message([Line("note", "a " * 40)], width))
    assert max(map(len, lines)) == 29
    assert len(" ".join(lines).split()) == 1 + 40


def test_a_note_of_a_table_is_wrapped_below_its_row_and_the_word_of_a_row_is_coloured():
    row, *note = views.message([Line("wrong", "a   3.0   WRONG", "WRONG"), Line("note", "too far " * 5)], 30)
    assert [(row.plain[span.start : span.end], span.style) for span in row.spans] == [("WRONG", "bold red")]
    assert note[0].plain.startswith("    ^ too far")
    assert all(line.plain.startswith("      ") for line in note[1:])
    assert max(len(line.plain) for line in note) < 30


@pytest.mark.parametrize(("done", "full"), [(0, 0), (1, 1), (33, 27), (66, 53), (67, 54)])
def test_the_bar_is_as_full_as_the_course_is_done_and_never_empty_once_begun(done, full):
    bar = views.progress_bar(done, 67, 64, encoding="ascii").plain
    assert bar.count("#") == full
    assert (bar.count("#") > 0) == (done > 0)
    assert bar.endswith(f"  {done} of 67")
    assert len(bar) == 64
    assert "\u2501" * 10 in views.progress_bar(67, 67, 64).plain


def test_an_untouched_first_kata_welcomes_and_tells_of_the_belt_and_a_later_one_does_neither():
    first = "\n".join(plain(views.arrival(COURSE, Progress(), SLOPE)))
    assert first.startswith(views.WELCOME)
    assert "White belt." in first
    assert "More: 01_white/README.md" in first
    later = "\n".join(plain(views.arrival(COURSE, Progress(), ADD)))
    assert "Welcome" not in later
    assert "White belt." not in later
    assert not later.startswith("# ")


def test_the_graph_is_offered_only_where_there_is_one():
    assert "o: graph" in views.describe_first_step(ADD, "add.py").plain
    assert "o: graph" not in views.describe_first_step(SLOPE, "slope.py").plain


def test_a_verdict_shows_the_end_of_what_was_printed(workspace):
    printed = "".join(f"line {number}\n" for number in range(12))
    found = Verdict("add", "error", failures=(Failure("t", "error", "m", (Line("text", "m"),)),), output=printed)
    lines = plain(views.verdict(workspace, ADD, found, 80))
    assert lines[:3] == ["It does not run yet.", "", "m"]
    assert lines[-9:] == ["    ...", *(f"    line {number}" for number in range(4, 12))]
    eight = replace(found, output="x\n" * 8, note="A note.")
    assert plain(views.verdict(workspace, ADD, eight, 80))[2:] == [
        "A note.",
        "",
        "m",
        "",
        "It printed:",
        *["    x"] * 8,
    ]


def test_a_verdict_names_its_picture_as_the_learner_knows_it(workspace):
    found = Verdict("add", "passed", passed=2, picture=workspace.picture(ADD), note="A note.")
    assert plain(views.verdict(workspace, ADD, found, 80)) == [
        "Passed: 2 tests green.", "", "A note.", "", "The picture, all green: .handgrad/add.svg",
    ]  # fmt: skip
    without = replace(found, picture=None, note="")
    assert plain(views.verdict(workspace, ADD, without, 80)) == ["Passed: 2 tests green."]
    failed = replace(without, status="failed", message="Wrong.", picture=workspace.picture(ADD))
    assert plain(views.verdict(workspace, ADD, failed, 80))[-3:] == ["Wrong.", "", "The picture: .handgrad/add.svg"]


def test_hints_open_the_newest_last():
    two = plain(views.hints(COURSE, SLOPE, 2))
    assert [line for line in two if line.startswith("Hint ")] == ["Hint 1 of 3", "Hint 2 of 3"]
    assert views.hints(COURSE, SLOPE, 0) == []
    styles = {line.plain: str(line.style) for line in views.hints(COURSE, SLOPE, 2)}
    assert (styles["Hint 1 of 3"], styles["Hint 2 of 3"]) == ("dim", "bold yellow")


@pytest.mark.parametrize("width", [40, 60, 80])
def test_a_kata_is_one_line_of_the_list_however_narrow(width):
    progress = Progress(passed=frozenset({"slope"}))
    lines = views.listing(COURSE, progress, COURSE.katas, ADD, width)
    assert all(isinstance(line, Text) and line.cell_len <= width for line in lines)
    shown = plain(lines)
    assert shown[0].startswith("white  1 of ")
    assert sum(line.startswith(" > ") for line in shown) == 1
    assert [line.rstrip().endswith("passed") for line in shown[1:3]] == [True, False]


def test_the_line_of_a_kata_has_its_place_its_name_its_title_and_whether_it_has_passed():
    place = COURSE.katas.index(ADD) + 1
    start = f"{place:2}  {'add':<20} {ADD.title}"
    assert views.row(COURSE, Progress(), ADD, is_current=False, width=80).plain == f"   {start}"
    passed = views.row(COURSE, Progress(frozenset({"add"})), ADD, is_current=True, width=80).plain
    assert passed.startswith(f" > {start}  ")
    assert (passed.endswith("passed"), len(passed)) == (True, 79)
    for count, said in ((1, "  1 part"), (3, "  3 parts")):
        begun = Progress(parts={"add": count})
        assert views.row(COURSE, begun, ADD, is_current=False, width=80).plain.endswith(said)
