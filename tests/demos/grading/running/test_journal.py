"""The journal: every result is kept, and nothing of somebody else's is written over."""

import json

import pytest

from handgrad.demos.grading.running.journal import Journal, JournalError
from tests.demos.grading.classes import RIGHT, grade, hand_in, refused

pytestmark = pytest.mark.usefixtures("kept_workers")


def test_a_grading_that_begins_afresh_leaves_alone_the_journal_of_one_at_work(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    out, journal = tmp_path / "g.json", tmp_path / "g.journal.jsonl"
    grade(tmp_path / "in", "--out", out)
    kept = journal.read_bytes()
    at_work = Journal(journal)
    assert "another grading" in refused(tmp_path / "in", "--out", out, "--fresh")
    assert journal.read_bytes() == kept
    at_work.add("one more", {})
    at_work.close()
    assert b"one more" in journal.read_bytes()
    grade(tmp_path / "in", "--out", out, "--fresh")
    assert b"one more" not in journal.read_bytes()
    assert journal.read_bytes().count(b"\n") == kept.count(b"\n")


@pytest.mark.parametrize("notes", [b"ask Ada\nask Bob\n", b"ask Ada", b'{"to do": "ask Ada"}\n', b"[" * 100_000, b"7"])
def test_somebodys_notes_where_the_journal_should_be_are_left_as_they_are(notes, tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    (tmp_path / "g.journal.jsonl").write_bytes(notes)
    said = refused(tmp_path / "in", "--out", tmp_path / "g.json")
    assert "line 1 of " in said
    assert "is no line of a journal. Move that file away" in said
    assert (tmp_path / "g.journal.jsonl").read_bytes() == notes


def test_a_damaged_line_removes_none_after_it_and_half_a_result_is_graded_anew(tmp_path):
    hand_in(tmp_path / "in", "ada", multiply=RIGHT)
    out, journal = tmp_path / "g.json", tmp_path / "g.journal.jsonl"
    grade(tmp_path / "in", "--out", out)
    baseline, result = journal.read_bytes().splitlines(keepends=True)
    damaged = baseline + b"\0\0\n" + result
    journal.write_bytes(damaged)
    assert "line 2 of " in refused(tmp_path / "in", "--out", out)
    assert journal.read_bytes() == damaged
    halves = [{**json.loads(result), "result": half} for half in ({"student": "ada"}, 7)]
    journal.write_bytes(baseline + b"".join(json.dumps(half).encode() + b"\n" for half in halves))
    assert "1 passed" in grade(tmp_path / "in", "--out", out)
    assert len(journal.read_bytes().splitlines()) == 4


def test_what_is_added_is_there_again_the_last_of_a_key_counts_and_a_cut_off_line_goes(tmp_path):
    path = tmp_path / "new" / "j.jsonl"
    journal = Journal(path)
    for number in (1, 2):
        journal.add("a key", {"number": number})
    journal.add("another", {"number": 3})
    journal.close()
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"key": "cut o')
    journal = Journal(path)
    assert {key: entry["number"] for key, entry in journal.entries.items()} == {"a key": 2, "another": 3}
    journal.add("after", {})
    journal.close()
    assert path.read_bytes().startswith(whole)
    assert path.read_bytes().count(b"\n") == 4


def test_one_grading_at_a_time_has_a_journal(tmp_path):
    journal = Journal(tmp_path / "j.jsonl")
    with pytest.raises(JournalError, match="in use by another grading"):
        Journal(tmp_path / "j.jsonl")
    journal.close()
    Journal(tmp_path / "j.jsonl").close()


def test_half_a_result_is_no_entry(tmp_path):
    path = tmp_path / "j.jsonl"
    path.write_text('{"key": "half", "result": {"student": "ada"}}\n{"key": "none", "baseline": 1}\n')
    journal = Journal(path)
    assert set(journal.entries) == {"none"}
    journal.close()


def test_a_disk_without_room_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match="cannot be written"):
        Journal(tmp_path / "file" / "j.jsonl")
