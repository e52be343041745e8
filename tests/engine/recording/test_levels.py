"""Level by level or node by node: the numbers are those of the program run anew."""

from __future__ import annotations

import itertools
import math
import random
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handgrad import Value, gradients, op, replay
from handgrad.ops import leaky_relu
from tests.graphs import FUNCTIONS, random_leaves, random_program, run
from tests.operations import BUILT_IN

MANY = 600
"""A batch that is worth NumPy's calls for the narrowest graph here; one set of numbers is not."""


def assert_close(found, expected) -> None:
    """To 1e-12 of the largest of the numbers, and of 1."""
    assert np.shape(found) == np.shape(expected)
    assert np.abs(np.subtract(found, expected)).max() <= 1e-12 * max(1.0, np.abs(expected).max())


def assert_as_eager(recorded, program, batch, rows) -> None:
    """The same from a batch, from one set alone and from the program, for some rows of the batch.

    `program` makes the root of a list of leaves.
    """
    values, found = recorded(batch)
    assert (values.shape, found.shape) == (batch.shape[:1], batch.shape)
    for row in rows:
        leaves = [Value(x) for x in batch[row].tolist()]
        root = program(leaves)
        eager = gradients(root)
        expected = [root.data, *[eager[leaf] for leaf in leaves]]
        one = recorded(batch[row])
        assert_close([values[row], *found[row]], expected)
        assert_close([one.value, *one.gradients], expected)


@pytest.mark.rest
@settings(max_examples=80)
@given(st.integers(0, 2**32), st.integers(1, 5), st.integers(1, 60))
def test_random_graphs_give_what_their_program_gives(seed, count, steps):
    rng = random.Random(seed)
    steps = random_program(rng, count, steps)

    def program(leaves):
        return run(steps, leaves, FUNCTIONS)[-1]

    inputs = [Value(x) for x in random_leaves(rng, count)]
    batch = np.array([random_leaves(rng, count) for _ in range(MANY)])
    assert_as_eager(replay(program(inputs), inputs), program, batch, (0, 1, MANY - 1))


def layers(leaves):
    """Tanh neurons on 3 inputs and on one another, with sums of many widths and a leaf used in all of them."""
    signals = leaves[:3]
    for width in (40, 30, 20):
        signals = [
            sum(
                (leaves[(i + j) % len(leaves)] * x for j, x in enumerate(signals[: 3 + i])), leaves[i % len(leaves)]
            ).tanh()
            for i in range(width)
        ]
    return sum(signals) - sum(leaf * leaf for leaf in leaves) / 7.0


def test_a_wide_graph_gives_what_its_program_gives_one_set_at_a_time_and_many():
    rng = np.random.default_rng(3)
    inputs = [Value(x) for x in rng.normal(size=50)]
    batch = rng.normal(size=(37, 50))
    assert_as_eager(replay(layers(inputs), inputs), layers, batch, range(0, 37, 9))


OPERATIONS = [*BUILT_IN, leaky_relu(0.3), op("cube", lambda x: x**3, lambda x: 3.0 * x * x)]


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_every_operation_replays_with_the_derivatives_of_the_table(operation):
    count = max(1, len(operation.rule))

    def program(leaves):
        return operation(*leaves) * 2.0 + operation(*reversed(leaves))

    inputs = [Value(0.7), Value(1.4)][:count]
    batch = np.random.default_rng(1).uniform(0.2, 2.0, size=(MANY, count))
    assert_as_eager(replay(program(inputs), inputs), program, batch, range(0, MANY, 100))


def numbers_or_error(run) -> list[float] | str:
    try:
        return run()
    except ArithmeticError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.drawn(8)
@pytest.mark.parametrize("operation", BUILT_IN, ids=str)
def test_where_an_operation_has_a_kink_or_an_end_replay_says_what_eager_says(operation):
    count = len(operation.rule)
    inputs = [Value(1.0) for _ in range(count)]
    recorded = replay(operation(*inputs) * 0.5, inputs)
    for point in itertools.product([-1.0, -0.0, 0.0, 1.0, 2.0, 710.0, -750.0, 1e200], repeat=count):

        def eager(point=point):
            leaves = [Value(x) for x in point]
            root = operation(*leaves) * 0.5
            found = gradients(root)
            return [root.data, *[found[leaf] for leaf in leaves]]

        def one(point=point):
            value, found = recorded(*point)
            return [value, *found]

        def many(point=point):
            value, found = recorded([point] * MANY)
            return [value[MANY - 1], *found[MANY - 1]]

        expected = numbers_or_error(eager)
        if not isinstance(expected, str):
            expected = pytest.approx(expected, rel=1e-12, abs=1e-300)
        assert numbers_or_error(one) == expected
        assert numbers_or_error(many) == expected


def test_one_operand_used_twice_counts_twice():
    x = Value(1.0)
    recorded = replay(x * x + (x + x) - (x - x) / (x * x), inputs=[x])
    assert recorded([[3.0]] * MANY).gradients == pytest.approx(np.full((MANY, 1), 8.0))
    assert recorded(3.0) == (15.0, pytest.approx([8.0]))


def test_a_constant_exponent_may_stand_over_a_base_below_0_and_is_asked_for_no_slope():
    x = Value(1.0)
    recorded = replay(x**2 + x**3.0, inputs=[x])
    value, found = recorded([[-2.0]] * MANY)
    assert (value[0], found[0, 0]) == (-4.0, 8.0)


def test_an_operation_of_ones_own_that_gives_whole_numbers_replays():
    whole = op("whole", lambda x: round(x), lambda x: 0)
    x = Value(1.2)
    recorded = replay(whole(x) * x, inputs=[x])
    assert recorded(2.6) == (pytest.approx(7.8), [3.0])
    assert recorded([[2.6]] * MANY).gradients[5] == [3.0]


def test_an_operation_of_many_operands_replays():
    middle = op("middle", lambda *xs: sorted(xs)[len(xs) // 2], lambda *xs: [float(x == xs[-1]) for x in xs[:-1]])
    inputs = [Value(float(i)) for i in range(5)]
    recorded = replay(middle(*inputs) * inputs[0], inputs)
    assert recorded([2.0, 9.0, 7.0, 1.0, 3.0]).gradients.tolist() == [3.0, 0.0, 0.0, 0.0, 2.0]
    assert recorded([[2.0, 9.0, 7.0, 1.0, 3.0]] * MANY).gradients[1].tolist() == [3.0, 0.0, 0.0, 0.0, 2.0]


def test_an_operation_that_takes_any_number_of_operands_may_be_used_with_several_numbers_of_them():
    total = op("total", lambda *xs: sum(xs), lambda *xs: [1.0] * (len(xs) - 1))

    def program(leaves):
        a, b, c = leaves
        return total(a) * total(a, b) + total(a, b, c) * total(b, b) + total(c, total(c, c), a)

    inputs = [Value(1.0), Value(2.0), Value(3.0)]
    batch = np.random.default_rng(0).normal(size=(MANY, 3))
    assert_as_eager(replay(program(inputs), inputs), program, batch, (0, 1))


def test_a_graph_without_a_sum_is_run_either_way():
    x = Value(0.3)
    recorded = replay(x.sigmoid().sin().exp(), inputs=[x])
    assert_as_eager(recorded, lambda leaves: leaves[0].sigmoid().sin().exp(), np.full((MANY, 1), 0.7), (0,))


def test_a_long_chain_is_recorded_and_run_without_recursion():
    x = Value(0.5)
    node = total = x * 0.0
    for _ in range(5_000):
        node = (node * 0.9 + x).tanh()
        total = total + node
    value, found = replay(total, inputs=[x])(0.5)
    assert (value, found[0]) == (total.data, pytest.approx(gradients(total)[x], rel=1e-12))


def test_a_sum_of_twenty_thousand_products_is_that_of_the_program():
    leaves = [Value(i / 1e5) for i in range(1000)]
    total = leaves[0]
    for i in range(20_000):
        total = total + leaves[i % 1000] * leaves[(7 * i + 1) % 1000]
    value, found = replay(total, inputs=leaves)()
    expected = gradients(total)
    assert value == pytest.approx(total.data, rel=1e-12)
    assert found == pytest.approx([expected[leaf] for leaf in leaves], rel=1e-12)


@pytest.mark.rest
def test_several_threads_may_call_one_recording():
    rng = np.random.default_rng(5)
    inputs = [Value(x) for x in rng.normal(size=50)]
    recorded = replay(layers(inputs), inputs)
    batches = rng.normal(size=(8, 33, 50))
    alone = [recorded(batch) for batch in batches]
    seen: dict[int, list[bool]] = {}

    def work(number: int) -> None:
        runs = [recorded(batches[number]) for _ in range(60)]
        seen[number] = [np.array_equal(run.gradients, alone[number].gradients) for run in runs]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # so that they come in between one another
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert all(all(seen[number]) for number in range(8))


def test_what_is_not_finite_on_the_way_is_an_error_though_the_end_is_finite():
    x = Value(1.0, "x")
    recorded = replay(1.0 / x.exp(), inputs=[x])
    with pytest.raises(ArithmeticError, match="'exp' has no finite value, with x = 800"):
        recorded([[800.0]] * MANY)
    assert math.isclose(recorded(700.0).value, math.exp(-700.0))


def test_so_it_is_where_no_gradient_is_asked_for():
    x, w = Value(1.0, "x"), Value(1.0, "w")
    recorded = replay(x + 1.0 / w.exp(), inputs=[x])
    w.data = 800.0
    for numbers in ([1.0], [[1.0]] * MANY):
        with pytest.raises(ArithmeticError, match="'exp' has no finite value, with w = 800"):
            recorded(numbers)
