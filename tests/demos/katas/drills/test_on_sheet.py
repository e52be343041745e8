"""Practice on the graph: the same drills, one after the other in the browser."""

import random
import webbrowser

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.katas.drills.array_drill import make_array_drill
from handgrad.demos.katas.drills.drill import ARRAY_LEVELS, make_drill
from handgrad.demos.katas.drills.on_sheet import drill_sheet, run_practice_sheet
from handgrad.graph import topological_order
from handgrad.number import show
from handgrad.viz.sheet import Sheet


@pytest.mark.drawn(21)
@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_on_the_sheet_what_is_worked_out_from_the_cards_is_right(seed, level):
    sheet = drill_sheet(random.Random(f"{seed} {level}"), level)
    for _ in range(3):
        for name, node in sheet.nodes.items():
            from_cards = {id(operand): float(show(operand.data)) for operand in topological_order(sheet.root)}
            terms = [
                on_paper(consumer, place, from_cards) * consumer.grad for consumer, place in sheet.drawn.uses(node)
            ]
            reply = sheet.handle({"do": "fill", "node": name, "text": repr(sum(terms) if terms else 1.0)})
            assert reply["verdict"][name]["status"] == "correct", (sheet.heading, name, reply["verdict"][name])
        assert reply["ok"]
        sheet = sheet.following()


def on_paper(consumer, place, shown):
    """The local derivative, worked out from the numbers as they are shown."""
    numbers = [shown[id(operand)] for operand in consumer.operands]
    return consumer.op.derivatives(*numbers, shown[id(consumer)])[place]


def test_the_drills_on_the_sheet_are_those_of_the_seed_and_follow_one_another():
    rng = random.Random("7 3")
    first, second = make_drill(rng, 3), make_drill(rng, 3)
    sheet = drill_sheet(random.Random("7 3"), 3)
    assert sheet.heading == "Drill 1: values used twice"
    assert sheet.root.data == first.root.data
    following = sheet.following()
    assert (following.heading, following.root.data) == ("Drill 2: values used twice", second.root.data)


def test_practice_on_the_sheet_prints_its_address_first_and_how_to_have_the_same_again(monkeypatch):
    opened = []

    def interrupted(address):
        opened.append(address)
        raise KeyboardInterrupt

    monkeypatch.setattr(webbrowser, "open", interrupted)
    result = CliRunner().invoke(main, ["practice", "--sheet", "--seed", "5", "--level", "2"])
    lines = result.output.splitlines()
    assert lines[0].startswith(opened[0].rpartition("/")[0])
    assert lines[-1] == "The same again: handgrad practice --sheet --seed 5 --level 2"
    assert result.exit_code == 0


def test_practice_serves_the_first_drill_of_the_seed_as_it_was_asked_to(monkeypatch):
    served = []
    monkeypatch.setattr(Sheet, "serve", lambda sheet, **options: served.append((sheet.root.data, options)))
    first = make_drill(random.Random("5 2"), 2).root.data  # that of `practice` without a sheet
    run_practice_sheet(5, 2)
    run_practice_sheet(5, 2, port=8123, open_browser=False)
    assert served == [(first, {"port": 0, "open_browser": True}), (first, {"port": 8123, "open_browser": False})]


@pytest.mark.parametrize("level", [6, 9, 10, 11])
def test_a_drill_of_arrays_is_filled_in_on_the_sheet_by_the_answers_of_the_terminal(level):
    drill = make_array_drill(random.Random(f"3 {level}"), level)
    sheet = drill_sheet(random.Random(f"3 {level}"), level)
    assert sheet.heading == f"Drill 1: {ARRAY_LEVELS[level]}"
    assert set(sheet.nodes) == {*drill.given, *drill.asked}
    for name in drill.asked:
        reply = sheet.handle({"do": "fill", "node": name, "text": drill.answers[name]})
        assert reply["verdict"][name]["status"] == "correct", (name, reply["say"])
    assert reply["ok"]
