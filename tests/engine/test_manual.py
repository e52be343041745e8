"""Manual mode: whose gradients wait for a person."""

import asyncio
import threading

import pytest

from handgrad import HandgradError, ManualModeError, Value, compare, gradients, manual, zero_grad


def test_values_made_inside_start_unfilled_and_others_at_zero() -> None:
    outside = Value(1.0)
    with manual():
        inside = Value(1.0)
        product = inside * outside
    assert (outside.grad, inside.grad, product.grad) == (0.0, None, None)
    assert (outside.is_manual, inside.is_manual) == (False, True)


def test_backward_refuses_a_graph_that_holds_a_manual_node_and_says_how_to_go_on() -> None:
    with manual():
        a = Value(2.0, "a")
    root = a * 3.0
    root.label = "L"
    with pytest.raises(ManualModeError) as error:
        root.backward()
    assert str(error.value) == (
        "backward() on L is refused: node a was made in manual mode, where you fill in the gradients. Assign each "
        "one (node.grad = upstream gradient times local derivative, summed over its uses) and look at compare(root). "
        "To let autodiff do it, build the graph outside manual()."
    )
    assert root.grad == 0.0


def test_a_graph_filled_in_to_the_last_node_still_refuses() -> None:
    with manual():
        a = Value(2.0)
        root = a * a
    root.grad, a.grad = 1.0, 4.0
    assert compare(root).ok
    with pytest.raises(ManualModeError):
        root.backward()


def test_the_mode_ends_with_the_block_also_after_an_exception_and_when_nested() -> None:
    with pytest.raises(KeyError), manual():
        raise KeyError
    assert Value(1.0).grad == 0.0
    with manual():
        with manual():
            pass
        assert Value(1.0).grad is None
    assert Value(1.0).grad == 0.0


def test_another_thread_keeps_a_mode_of_its_own() -> None:
    seen = []
    with manual():
        thread = threading.Thread(target=lambda: seen.append(Value(1.0).grad))
        thread.start()
        thread.join()
    assert seen == [0.0]


def test_two_asyncio_tasks_keep_modes_of_their_own() -> None:
    async def by_hand(entered: asyncio.Event, leave: asyncio.Event) -> None:
        with manual():
            entered.set()
            await leave.wait()
            assert Value(1.0).grad is None

    async def by_machine(entered: asyncio.Event, leave: asyncio.Event) -> None:
        await entered.wait()
        assert Value(1.0).grad == 0.0
        leave.set()

    async def both() -> None:
        events = asyncio.Event(), asyncio.Event()
        await asyncio.gather(by_hand(*events), by_machine(*events))

    asyncio.run(both())


def test_a_constant_in_a_manual_graph_is_unfilled_and_not_asked_for() -> None:
    with manual():
        root = Value(2.0, "x") * 5
    assert root.operands[1].grad is None
    assert [result.name for result in compare(root).missing] == ["x*5", "x"]


def test_manual_mode_serves_as_a_decorator() -> None:
    @manual()
    def make() -> Value:
        return Value(1.0)

    assert make().grad is None


def test_zero_grad_empties_a_manual_node_and_zeroes_another() -> None:
    other = Value(3.0)
    with manual():
        root = Value(2.0) * other
    for node in gradients(root):
        node.grad = 7.0
    zero_grad(root)
    assert [node.grad for node in gradients(root)] == [None, 0.0, None]


@pytest.mark.parametrize("function", [gradients, zero_grad, compare])
def test_a_root_that_is_no_value_is_refused(function: object) -> None:
    with pytest.raises(TypeError, match="a graph starts at a Value, and this is a float") as error:
        function(3.0)
    assert isinstance(error.value, HandgradError)
