"""Which file was saved last."""

import os
import time

from handgrad.demos.katas.terminal.watch import Watch
from tests.demos.katas.terminal.sessions import ADD, SLOPE, save


def test_of_two_saves_within_one_look_the_last_one_counts(workspace, monkeypatch):
    monkeypatch.setattr(Watch, "check", lambda self: None)
    session = Watch(workspace, 5.0, warm=None)
    for last, first in ((ADD, SLOPE), (SLOPE, ADD)):
        for when, kata in enumerate((first, last), start=1):
            save(workspace, kata, kata.solution.read_bytes() + f"# {last.name}".encode())
            os.utime(workspace.answer(kata), ns=(0, time.time_ns() + when))
        session.look()
        assert session.kata == last
