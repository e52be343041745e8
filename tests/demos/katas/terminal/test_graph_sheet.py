"""The graph of the kata in work, on its sheet."""

import json
import re
import threading
import urllib.request
from urllib.error import URLError

import pytest

from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.terminal.graph_sheet import GraphSheet
from tests.demos.katas.terminal.sessions import COURSE
from tests.patience import PATIENCE


def ask(address, **message):
    """What the sheet at an address answers."""
    request = urllib.request.Request(f"{address}ask", json.dumps(message).encode(), {"Content-Type": "text/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


def address_on(terminal):
    terminal.wait_for("On the graph: http://127.0.0.1:")
    return re.search(r"http://[^\s]+/", terminal.screen)[0]


def test_the_graph_is_filled_in_on_its_sheet_with_the_numbers_of_the_check_that_failed(workspace, play):
    kata = COURSE["two_links"]
    workspace.progress_file.update(lambda p: p.set_current("two_links"))
    with play(workspace, columns=120) as terminal:
        terminal.wait_for("save it.")
        terminal.type("o")
        address = address_on(terminal)
        assert set(statuses(address)) == {"missing"}
        terminal.save(kata, wrong_answers(kata)[0].text.encode())
        terminal.wait_for("Not yet: ")
        terminal.type("o")
        assert address_on(terminal) == address
        assert "wrong" in statuses(address)
        terminal.type("l")
        terminal.wait_for("q back")
        terminal.type("qq")
        assert terminal.watch.is_over


def statuses(address):
    return [entry["status"] for entry in ask(address, do="open")["verdict"].values()]


def test_closed_it_is_served_no_longer_and_leaves_nothing_running():
    before = threading.enumerate()
    sheet = GraphSheet()
    address = sheet.show(COURSE["two_links"], None)
    assert ask(address, do="open")["title"] == COURSE["two_links"].title
    sheet.close()
    for thread in set(threading.enumerate()) - set(before):
        thread.join(timeout=PATIENCE)
        assert not thread.is_alive()
    with pytest.raises(URLError):
        ask(address, do="open")


def test_closed_before_a_graph_was_asked_for_it_does_nothing():
    GraphSheet().close()
