"""Which file was saved last."""

import os
import time

import pytest

from handgrad.demos.katas.terminal.saves import Saves
from handgrad.demos.katas.terminal.watch import Watch
from tests.demos.katas.terminal.sessions import ADD, SLOPE, save


@pytest.fixture
def saves(workspace):
    return Saves(workspace)


def test_a_save_is_told_once_and_without_one_there_is_none(saves, workspace):
    assert saves.last() is None
    save(workspace, ADD, b"mine")
    assert [saves.last(), saves.last()] == [ADD, None]


def test_what_is_saved_again_as_it_was_is_a_save_by_its_time_or_its_file(saves, workspace):
    answer = workspace.answer(ADD)
    before = answer.stat()
    os.utime(answer, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert saves.last() == ADD
    other = answer.with_name("other")
    other.write_bytes(answer.read_bytes())
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    other.replace(answer)
    assert saves.last() == ADD


def test_a_file_that_goes_is_no_save_and_one_that_comes_back_is(saves, workspace):
    answer = workspace.answer(ADD)
    content = answer.read_bytes()
    assert saves.is_there(ADD)
    answer.unlink()
    assert saves.is_there(ADD)  # at the last look
    assert saves.last() is None
    assert not saves.is_there(ADD)
    answer.write_bytes(content)
    assert saves.last() == ADD
    assert saves.is_there(ADD)


def test_what_is_passed_over_is_no_save(saves, workspace):
    save(workspace, ADD, b"not by the learner")
    save(workspace, SLOPE, b"by the learner")
    saves.pass_over(ADD)
    assert [saves.last(), saves.last()] == [SLOPE, None]


def test_of_two_saves_within_one_look_the_last_one_counts(workspace, monkeypatch):
    monkeypatch.setattr(Watch, "check", lambda self: None)
    session = Watch(workspace, 5.0, warm=None)
    for last, first in ((ADD, SLOPE), (SLOPE, ADD)):
        for when, kata in enumerate((first, last), start=1):
            save(workspace, kata, kata.solution.read_bytes() + f"# {last.name}".encode())
            os.utime(workspace.answer(kata), ns=(0, time.time_ns() + when))
        session.look()
        assert session.kata == last
