"""`replay`: what may be recorded, what a recording does to its nodes, and who may run it."""

from __future__ import annotations

import subprocess
import sys
import warnings

import numpy as np
import pytest

from handgrad import HandgradError, ManualModeError, Value, gradients, manual, replay
from handgrad.arrays import array
from handgrad.errors import DomainError, NotANodeError, NotAValueError, NotInGraphError, NotOneNumberError
from handgrad.manual import ByHandError, by_hand
from handgrad.optim import SGD
from handgrad.recording.errors import BranchWarning, RecordingError


def test_value_and_gradients_come_in_the_order_of_the_inputs():
    x, w, b = Value(2.0, "x"), Value(-3.0, "w"), Value(10.0, "b")
    recorded = replay(x * w + b * 2.0, inputs=[b, x, w])
    value, found = recorded([1.0, 5.0, 7.0])
    assert (value, found.tolist()) == (37.0, [2.0, 7.0, 5.0])
    assert recorded.inputs == (b, x, w)


def test_without_inputs_all_leaves_are_but_the_bare_numbers():
    x, w = Value(2.0), Value(-3.0)
    recorded = replay(3.0 * x + w)
    assert recorded.inputs == (x, w)
    assert recorded.root.data == 3.0


def test_a_run_changes_no_node():
    x = Value(2.0, "x")
    root = (x * x).exp()
    replay(root, inputs=[x])([3.0])
    replay(root, inputs=[x])([[3.0]] * 500)
    assert (x.data, x.grad, root.data, root.grad) == (2.0, 0.0, pytest.approx(54.598, abs=1e-3), 0.0)


def test_leaves_that_are_no_inputs_stand_at_the_data_they_have_at_each_run():
    x, w = Value(2.0), Value(3.0)
    recorded = replay(x * w, inputs=[x])
    for number in (3.0, -1.0):
        w.data = number
        assert recorded(5.0) == (5.0 * number, [number])
        assert recorded([[5.0]] * 500).gradients[0] == [number]


def test_a_root_that_is_a_leaf_has_the_gradient_1():
    x = Value(2.0)
    recorded = replay(x, inputs=[x])
    assert recorded(7.0) == (7.0, [1.0])
    assert recorded([[7.0]] * 500).gradients.tolist() == [[1.0]] * 500


def test_recorded_parameters_are_trained_without_building_the_graph_again():
    def loss_of(parameters):
        w, b = parameters
        return sum((w * x + b - y) ** 2 for x, y in ((0.0, 1.0), (1.0, 3.0), (2.0, 5.0)))

    eager, recorded = [Value(0.0), Value(0.0)], [Value(0.0), Value(0.0)]
    step = replay(loss_of(recorded), inputs=recorded)
    one, other = SGD(eager, lr=0.05, momentum=0.5), SGD(recorded, lr=0.05, momentum=0.5)
    for _ in range(30):
        one.zero_grad()
        other.zero_grad()
        loss = loss_of(eager)
        loss.backward()
        assert step.backward() == pytest.approx(loss.data, rel=1e-12, abs=1e-15)
        assert [p.grad for p in recorded] == pytest.approx([p.grad for p in eager], rel=1e-9)
        one.step()
        other.step()
    assert [p.data for p in recorded] == pytest.approx([2.0, 1.0], abs=0.1)


def test_backward_adds_to_what_the_inputs_have_and_leaves_other_nodes_alone():
    x, w = Value(2.0), Value(3.0)
    root = x * w
    step = replay(root, inputs=[x])
    assert [step.backward(), step.backward()] == [6.0, 6.0]
    assert (x.grad, w.grad, root.grad) == (6.0, 0.0, 0.0)


@pytest.mark.parametrize("root", [3.0, None, "loss", [Value(1.0)]])
def test_a_root_that_is_no_node_is_refused(root):
    with pytest.raises(NotAValueError, match="a graph starts at a Value"):
        replay(root, inputs=[])


def test_a_root_with_a_shape_is_refused():
    x = array([1.0, 2.0], "x")
    with pytest.raises(NotOneNumberError, match="backward starts at one number, and x has shape"):
        replay(x, inputs=[x])


def test_an_input_that_the_root_does_not_depend_on_is_named():
    x, other = Value(1.0, "x"), Value(2.0, "other")
    with pytest.raises(NotInGraphError) as error:
        replay(x * 2.0, inputs=[x, other])
    assert str(error.value) == (
        "replay(root, inputs=...): node other is not in the graph of x*2.0: x*2.0 does not depend on it. Use nodes "
        "that the root was computed from."
    )


@pytest.mark.parametrize(
    ("choose", "message"),
    [
        (lambda x, h: [x, h], "h is computed by 'tanh', so it has no data of its own to be given. Give leaves"),
        (lambda x, h: [x, x], "x is given twice, at 0 and 1. Give it once."),
        (lambda x, h: [], "there is no input. Give one leaf or more"),
        (lambda x, h: x, "Give a list of leaves"),
        (lambda x, h: 3, "the inputs are 3. Give a list of leaves"),
    ],
)
def test_inputs_that_cannot_be_are_refused_with_what_to_write(choose, message):
    x = Value(1.0, "x")
    h = x.tanh()
    h.label = "h"
    with pytest.raises(RecordingError, match=message.replace("(", "[(]")):
        replay(h * 2.0, inputs=choose(x, h))


@pytest.mark.parametrize("thing", [1.0, "x", [Value(1.0)]])
def test_an_input_that_is_no_node_is_refused(thing):
    with pytest.raises(NotANodeError, match="takes a node, and this is a"):
        replay(Value(1.0) * 2.0, inputs=[thing])


def test_inputs_may_stand_in_an_array_of_values():
    nodes = np.array([[Value(1.0), Value(2.0)], [Value(3.0), Value(4.0)]])
    recorded = replay((nodes * nodes).sum(), inputs=nodes)
    assert recorded([1.0, 2.0, 3.0, 4.0]) == (30.0, pytest.approx([2.0, 4.0, 6.0, 8.0]))


def test_where_the_program_compared_nodes_a_warning_says_that_its_branch_is_kept():
    x = Value(2.0, "x")
    root = x * x if x > 0.0 else -x
    with pytest.warns(BranchWarning, match=r"data was compared .* that of x\. If the program took one branch") as found:
        recorded = replay(root, inputs=[x])
    assert found[0].filename == __file__
    assert recorded(-3.0).value == 9.0


def test_the_warning_outlasts_a_backward_pass_and_names_each_node_that_was_compared():
    a, b, c = Value(2.0, "a"), Value(1.0, "b"), Value(1.0, "c")
    root = max(a, b) * b + c
    root.backward()
    with pytest.warns(BranchWarning, match=r"that of a, b\. If"):
        replay(root, inputs=[a, b])


def test_an_array_that_was_compared_warns_too():
    x = array([1.0, -2.0], "x")
    root = np.where(x > 0.0, x, 0.0).sum()
    with pytest.warns(BranchWarning, match="that of x"):
        replay(root, inputs=[x])


def test_operations_and_comparisons_of_plain_numbers_warn_of_nothing():
    x = Value(2.0, "x")
    root = x.relu() + abs(x).maximum(1.0)
    assert root.data > 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        replay(root, inputs=[x])


def test_a_recording_of_a_graph_in_manual_mode_gives_gradients_and_its_backward_refuses():
    with manual():
        x = Value(2.0, "x")
        root = x * x
    root.label = "L"
    recorded = replay(root, inputs=[x])
    assert recorded(3.0) == (9.0, [6.0])
    with pytest.raises(ManualModeError, match=r"backward\(\) on L is refused: node x was made in manual mode"):
        recorded.backward()
    assert x.grad is None


def test_in_an_exercise_by_hand_replay_refuses_and_so_does_a_recording_made_before():
    x = Value(2.0)
    recorded, wide = replay(x * x, inputs=[x]), replay(sum(x * float(i) for i in range(500)), inputs=[x])
    recorded(1.0)
    wide(1.0)
    calls = (
        lambda: replay(x * x, inputs=[x]),
        lambda: replay(x * x),
        lambda: recorded(1.0),
        lambda: recorded([[1.0]] * 500),
        lambda: wide(1.0),
        recorded.backward,
        recorded,
    )
    for rules in (False, True):
        with by_hand(rules=rules):
            for call in calls:
                with pytest.raises(ByHandError):
                    call()
    assert recorded(1.0) == (1.0, [2.0])
    assert x.grad == 0.0


def test_a_domain_error_names_the_node_and_in_a_batch_the_set():
    x, y = Value(1.0, "x"), Value(2.0, "y")
    recorded = replay((x / y).log(), inputs=[x, y])
    with pytest.raises(DomainError) as error:
        recorded([1.0, 0.0])
    assert str(error.value).startswith("'/' has no finite value, with x = 1.0, y = 0.0.")
    with pytest.raises(DomainError, match="'log' has no finite value, with x/y = -2") as error:
        recorded([[1.0, 1.0], [2.0, -1.0]])
    assert error.value.__notes__ == ["This is set 1 of the batch, counted from 0."]


def test_no_finite_slope_is_the_error_of_backward():
    x = Value(1.0, "x")
    recorded = replay(x.sqrt() * 2.0, inputs=[x])
    with pytest.raises(DomainError, match=r"'sqrt' has no finite derivative at node sqrt\(x\), with x = 0.0"):
        recorded(0.0)


def test_graphs_with_arrays_are_recorded_and_take_arrays():
    rng = np.random.default_rng(0)
    W, b, x = array(rng.normal(size=(3, 2)), "W"), array(rng.normal(size=2), "b"), array(rng.normal(size=(4, 3)), "x")
    scale = Value(2.0, "scale")

    def program(W, b, scale):
        return (np.tanh(x @ W + b) * scale).sum() + (scale * scale).log()

    recorded = replay(program(W, b, scale), inputs=[W, scale, b])
    new = rng.normal(size=(3, 2)), 1.5, rng.normal(size=2)
    value, found = recorded(*new)
    leaves = array(new[0]), array(new[2]), Value(new[1])
    expected = gradients(root := program(*leaves))
    assert value == pytest.approx(root.data, rel=1e-12)
    for mine, leaf in zip(found, (leaves[0], leaves[2], leaves[1])):
        assert mine == pytest.approx(expected[leaf], rel=1e-12)
    values, many = recorded({"W": np.stack([new[0], W.data]), scale: 1.5, "b": new[2]})
    assert (values.shape, [g.shape for g in many]) == ((2,), [(2, 3, 2), (2,), (2, 2)])
    assert values[0] == value
    assert np.array_equal(many[0][0], found[0])
    assert recorded([*new]).value == value


def test_backward_of_arrays_adds_arrays_to_their_grad():
    x = array([1.0, 2.0], "x")
    step = replay((x * x).sum(), inputs=[x])
    assert step.backward() == 5.0
    assert step.backward() == 5.0
    assert x.grad.tolist() == [4.0, 8.0]


def test_numbers_may_be_the_inputs_of_a_graph_that_holds_arrays():
    s = Value(2.0, "s")
    recorded = replay((array([1.0, 3.0]) * s).sum(), inputs=[s])
    assert recorded(5.0) == (20.0, [4.0])
    assert recorded([[5.0], [6.0]]).value.tolist() == [20.0, 24.0]


def test_import_handgrad_alone_loads_no_numpy_and_has_replay_at_hand():
    program = (
        "import sys, handgrad\nassert 'numpy' not in sys.modules\nassert 'replay' in dir(handgrad)\n"
        "from handgrad import replay, Value\nx = Value(2.0)\nprint(handgrad.replay(x * x, inputs=[x])(3.0).value)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout == "9.0\n", done.stderr


def test_an_unknown_name_of_the_package_is_an_attribute_error():
    import handgrad

    with pytest.raises(AttributeError, match="module 'handgrad' has no attribute 'reply'"):
        handgrad.reply  # noqa: B018
    assert issubclass(RecordingError, HandgradError)


@pytest.mark.parametrize(("count", "said"), [(2, "x0, x1. If"), (3, "x0, x1, x2. If"), (4, "x0, x1, x2, .... If")])
def test_of_many_nodes_that_were_compared_three_are_named(count, said):
    leaves = [Value(float(i), f"x{i}") for i in range(count)]
    root = sum(leaf for leaf in leaves if leaf >= 0.0)
    with pytest.warns(BranchWarning, match=f"that of {said}".replace(".", "[.]")):
        replay(root, inputs=leaves)


def test_a_recording_is_shown_with_its_root_and_up_to_eight_inputs():
    leaves = [Value(float(i), f"x{i}") for i in range(9)]
    few, many = replay(sum(leaves[:8]), inputs=leaves[:8]), replay(sum(leaves), inputs=leaves)
    assert repr(few).endswith("inputs=[x0, x1, x2, x3, x4, x5, x6, x7])")
    assert repr(many).endswith("inputs=[x0, x1, x2, x3, x4, x5, x6, x7, ...])")
