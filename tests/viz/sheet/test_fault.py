"""What is said where handgrad itself fails."""

import json

from handgrad import viz
from handgrad.viz.sheet import answers
from tests.viz.graphs import lecture


def test_an_error_of_our_own_is_told_as_ours_and_how_to_report_it(monkeypatch):
    def broken(sheet, message):
        return 1 / 0

    monkeypatch.setitem(answers.ANSWERS, "hint", broken)
    reply = viz.sheet(lecture()).handle({"do": "hint", "node": "d"})
    assert reply["type"] == "error"
    assert reply["is_fault"]
    assert "nothing that you did" in reply["message"]
    assert "ZeroDivisionError" in reply["message"]
    assert "test_fault.py, line " in reply["message"]
    assert "https://github.com/handgrad/handgrad/issues" in reply["message"]
    json.dumps(reply, allow_nan=False)
