"""Manual mode: whose gradients wait for a person."""

import asyncio
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from handgrad import ManualModeError, Value, compare, gradients, manual, numeric_gradients, zero_grad
from handgrad.local import local_derivatives
from handgrad.manual import ByHandError, Mode, by_hand, engine_access, judging, reading, refuse, shut_engine_for


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


def test_a_bare_number_is_a_constant_of_the_mode_it_is_written_in() -> None:
    constant = (Value(2.0) * 5).operands[1]
    with manual():
        by_person = (Value(2.0) * 5).operands[1]
    assert [(node.is_manual, node.is_constant) for node in (constant, by_person)] == [(False, True), (True, True)]


def test_a_compared_node_is_marked_and_a_manual_one_or_a_constant_stays_what_it_is() -> None:
    assert Mode.AUTODIFF.after_comparison is Mode.COMPARED
    others = [mode for mode in Mode if mode is not Mode.AUTODIFF]
    assert [mode.after_comparison for mode in others] == others
    assert (Mode.COMPARED.initial_grad, Mode.MANUAL.initial_grad) == (0.0, None)


def test_an_error_by_an_empty_grad_leaves_the_mode_and_others_go_unannotated() -> None:
    with pytest.raises(TypeError) as error, manual():
        raise TypeError("something else")
    assert not getattr(error.value, "__notes__", [])
    assert Value(1.0).grad == 0.0


DOORS = {
    "gradients": gradients,
    "gradients as a graph": lambda root: gradients(root, graph=True),
    "backward": Value.backward,
    "compare": compare,
    "numeric_gradients": numeric_gradients,
}


@pytest.mark.parametrize("rules", [False, True])
@pytest.mark.parametrize("door", DOORS)
def test_by_hand_the_engine_works_out_no_gradient_and_new_nodes_are_manual(door: str, rules: bool) -> None:
    root = Value(2.0) * 3.0
    with by_hand(rules=rules):
        assert Value(1.0).is_manual
        with pytest.raises(ByHandError, match="this kata is done by hand"):
            DOORS[door](root)
    DOORS[door](root)


def test_local_derivatives_are_told_by_hand_only_where_the_rules_are_open() -> None:
    root = Value(2.0) * 3.0
    seen = [engine_access()]
    with by_hand(rules=True):
        seen.append(engine_access())
        assert tuple(local_derivatives(root)) == (3.0, 2.0)
    with by_hand():
        seen.append(engine_access())
        with pytest.raises(ByHandError, match="the operations' own derivatives are refused"):
            local_derivatives(root)
    assert seen == ["open", "rules", "shut"]


def test_what_was_done_by_hand_is_judged_inside_the_block_and_shut_again_behind() -> None:
    root = Value(2.0) * 3.0
    with by_hand():
        with judging():
            assert gradients(root)[root] == 1.0
        assert engine_access() == "shut"
    assert engine_access() == "open"


def test_a_block_by_hand_shuts_nobody_else_out() -> None:
    seen = []
    with by_hand():
        thread = threading.Thread(target=lambda: seen.append(engine_access()))
        thread.start()
        thread.join()
    assert seen == ["open"]


def test_elsewhere_than_in_a_judges_process_reading_and_closed_shut_nothing() -> None:
    root = Value(2.0) * 3.0
    with reading():
        assert gradients(root)[root] == 1.0
    assert shut_engine_for(gradients)(root)[root] == 1.0
    assert shut_engine_for(gradients).__name__ == "gradients"


def test_a_copy_of_the_engine_without_gradients_refuses_whatever_it_is_given() -> None:
    with pytest.raises(ByHandError):
        refuse(1, two=2)


@pytest.fixture(scope="module")
def judged() -> dict[str, Any]:
    """What `judged.py` has met in a process of its own."""
    script = Path(__file__).with_name("judged.py")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("situation", "told"),
    [
        ("closed, before", True),
        ("reading, before", True),
        ("judge", True),
        ("thread", False),
        ("thread, rules", False),
        ("stranger, nothing by hand yet", True),
        ("by hand with rules", [False, True, "rules"]),
        ("stranger, rules were open", [False, True]),
        ("by hand", [False, False, "shut"]),
        ("by hand, in a thread", False),
        ("by hand, beside a thread that judges", False),
        ("judging", [True, False, "open"]),
        ("after", [True, True, "open"]),
        ("stranger, after", [False, False]),
        ("thread with a block of its own", False),
        ("reading", False),
        ("closed", False),
        ("rule of somebody's own", False),
        ("compare", True),
        ("process started there", "shut"),
        ("environment", True),
    ],
)
def test_in_a_judges_process_the_engine_works_for_the_judge_alone(judged, situation: str, told: Any) -> None:
    assert judged[situation] == told


def test_a_judges_process_trusts_the_packages_that_it_has_imported_wherever_they_lie(tmp_path: Path) -> None:
    for name in ("runner", "answer"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("def call(function): return function()\n")
    code = f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import runner
from handgrad import Value, gradients
from handgrad.manual import ByHandError, by_hand, hold_process

def told(package):
    x = Value(2.0)
    try:
        return package.call(lambda: gradients(x * x)[x])
    except ByHandError:
        return None

def begin():
    hold_process("<string>")

begin()
import answer
with by_hand():
    pass
print(told(runner), told(answer))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["4.0", "None"]
