"""What goes between a test and an answer: plain data, by which no answer makes itself right."""

import json

import numpy as np
import pytest

from handgrad import Value, label, manual
from handgrad.demos.grading.player.frames import ChannelError
from handgrad.demos.grading.player.wire import Wire
from handgrad.graph import topological_order
from tests.demos.grading.classes import COURSE, by_student, grade, hand_in
from tests.demos.grading.hostile.cheating import ANSWERS


@pytest.mark.drawn(1)
@pytest.mark.parametrize("student", ANSWERS)
def test_every_answer_that_goes_for_the_verdict_gets_its_own(student, graded):
    _, status, said = ANSWERS[student]
    found = graded[0][student]
    assert (found["status"], said in found["message"]) == (status, True), found


def test_wrong_at_one_node_scores_above_wrong_everywhere(graded):
    results, _ = graded
    almost, swapped, nothing = (results[s]["score"] for s in ("almost", "swapped", "patched comparator"))
    assert results["honest"]["score"] == 10.0 > almost > swapped >= nothing == 0.0
    assert results["almost"]["slips"] == ["sign"]


def test_nothing_of_how_it_is_graded_is_among_what_an_answer_printed(graded):
    printed = graded[0]["cannot be talked to any more"]["output"]
    assert printed.strip() == "The program ended by TypeError."


@pytest.fixture(scope="module")
def eve(tmp_path_factory, with_kept_workers):
    """What becomes of two answers that go for what their tests hold, by kata."""
    folder = tmp_path_factory.mktemp("eve")
    reads_the_rule = COURSE["max_shift"].solution.read_bytes() + b"    m.op._local(*[n.data for n in z], m.data)\n"
    asks_for_nothing = b"def mse(predictions, targets):\n    predictions.clear()\n"
    hand_in(folder / "in", "eve", max_shift=reads_the_rule, mse=asks_for_nothing)
    with with_kept_workers():
        grade(folder / "in", "--out", folder / "g.json")
    return {result["kata"]: result for result in by_student(folder / "g.json")["eve"]}


@pytest.mark.rest
def test_a_tests_own_operation_keeps_its_rule_to_itself(eve):
    assert eve["max_shift"]["status"] == "error"
    assert "done by hand" in eve["max_shift"]["message"]


@pytest.mark.rest
def test_emptying_the_list_of_what_is_asked_for_asks_for_no_less(eve):
    assert eve["mse"]["status"] == "failed"


@pytest.fixture
def wires():
    """The referee's wire and the player's, each of which calls the other's functions."""
    here = Wire(1, lambda number, args, kwargs: there.object(number)(*args, **kwargs), trusts=False)
    there = Wire(-1, lambda number, args, kwargs: here.object(number)(*args, **kwargs), trusts=True)
    return here, there


def sent(message):
    """A message as it arrives."""
    return json.loads(json.dumps(message))


THINGS = [
    None, True, 3, 2.5, -0.0, "caf\u00e9", 2 + 3j, (1, [2, {"a": (3,)}]), {1: 2.0}, {1, 2}, np.float32(0.1),
    np.longdouble(1) / 3, np.bool_(True), range(3), 1 << 999,
]  # fmt: skip


@pytest.mark.parametrize("thing", THINGS, ids=repr)
def test_plain_things_arrive_as_they_were_and_of_their_own_type(thing, wires):
    here, there = wires
    found = there.unpack(sent(here.pack(thing)))
    assert found == (list(thing) if isinstance(thing, range) else thing)
    assert type(found) is (list if isinstance(thing, range) else type(thing))


@pytest.mark.parametrize("dtype", [float, np.float32, int, bool])
def test_an_array_arrives_whole_and_what_is_written_into_it_there_stands_here(dtype, wires):
    here, there = wires
    mine = np.arange(6).reshape(2, 3).astype(dtype)
    theirs = there.unpack(sent(here.pack(mine)))
    np.testing.assert_array_equal(theirs, mine, strict=True)
    theirs[0, 0] = 1
    here.unpack(sent(there.pack(None)))
    assert mine[0, 0] == 1


def test_a_number_that_says_it_equals_everything_arrives_as_something_odd(wires):
    class Anything(float):
        def __eq__(self, _):
            return True

        __hash__ = float.__hash__

    here, there = wires
    found = here.unpack(sent(there.pack([Anything(7)])))[0]
    assert not isinstance(found, float)
    assert found != 7.0
    assert type(found).__name__ == "Anything"


def test_a_graph_arrives_with_its_names_and_gradients_that_are_filled_in_come_back(wires):
    here, there = wires
    with manual():
        a = Value(2.0, "a")
        root = label(a * 3.0 + a, "L")
    theirs = there.unpack(sent(here.pack(root)))
    assert (theirs.data, theirs.label, theirs.grad) == (8.0, "L", None)
    (leaf,) = (node for node in topological_order(theirs) if node.label == "a")
    leaf.grad = 4.0
    here.unpack(sent(there.pack(None)))
    assert a.grad == 4.0


def test_the_data_of_a_node_that_an_operation_made_is_not_the_answers_to_change(wires):
    here, there = wires
    with manual():
        root = Value(2.0, "a") * 3.0
    there.unpack(sent(here.pack(root))).data = 7.0
    with pytest.raises(ChannelError, match="an operation made was changed"):
        here.unpack(sent(there.pack(None)))


@pytest.mark.parametrize("may", [True, False])
def test_a_leaf_is_moved_only_where_the_kata_moves_leaves(may, wires):
    here, there = wires
    here.may_move_leaves = may
    with manual():
        a = Value(2.0, "a")
    there.unpack(sent(here.pack(a))).data = 5.0
    message = sent(there.pack(None))
    if may:
        here.unpack(message)
        assert (a.data, here.has_moved_leaves) == (5.0, True)
    else:
        with pytest.raises(ChannelError, match="asks for gradients alone"):
            here.unpack(message)
        assert a.data == 2.0


BROKEN = [
    {}, {"things": {"of": 5}, "new": [], "state": []}, {"things": None, "new": [[1, {"is": "list"}]], "state": []},
    {"things": {"nonsense": 1}, "new": [], "state": []}, {"things": None, "new": 7, "state": []},
    {"things": {"scalar": ["O", ""]}, "new": [], "state": []}, {"things": {"a": 1, "b": 2}, "new": [], "state": []},
    {"things": None, "new": [[-1, {"is": "array", "dtype": "V8", "shape": [1]}]], "state": []},
]  # fmt: skip


@pytest.mark.parametrize("message", BROKEN, ids=repr)
def test_a_message_that_breaks_the_rules_is_an_error_of_the_channel(message, wires):
    with pytest.raises(ChannelError):
        wires[0].unpack(message)
