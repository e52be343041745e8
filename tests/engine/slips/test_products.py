"""A transpose too many or too few, where a factor of the product is a vector."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad.arrays.edges import Edge
from handgrad.arrays.making import opaque

from .nets import Net, named, normal

STEPS = 4
SENT = normal(STEPS, 3, seed=10)


@pytest.fixture(scope="module")
def recurrence() -> Net:
    """A network of one row, so that every state is a vector."""

    def build(name, w, u, h0):
        h, loss = h0, 0.0
        for t in range(STEPS):
            h = name(f"h{t + 1}", np.tanh(normal(STEPS, 3, seed=9)[t] @ u + h @ w))
            loss = loss + (h * SENT[t]).sum()
        return loss

    return Net(build, w=normal(3, 3), u=normal(3, 3, seed=4), h0=normal(3, seed=5))


def inner(x, d, t):
    """The gradient of what the tanh of a step is taken of."""
    return getattr(d, f"h{t}") * (1.0 - getattr(x, f"h{t}") ** 2)


def test_a_square_weight_without_its_transpose_is_named_in_one_path_of_several(recurrence):
    slip = recurrence.slip("h2", lambda x, d: SENT[1] + inner(x, d, 3) @ x.w)
    assert (slip.kind, slip.message) == (
        "transposed",
        "h2: in the product of the gradient of h2@w and w, w has a transpose too many or too few: which axis is summed "
        "over?",
    )


def test_it_is_named_on_the_only_path_too(recurrence):
    slip = recurrence.slip("h0", lambda x, d: inner(x, d, 1) @ x.w)
    assert "in the product of the gradient of h0@w and w, w has a transpose" in slip.message


def test_it_is_named_where_no_state_is_filled_in(recurrence):
    def through_time(x, d):
        arrived = 0.0
        for t in range(STEPS, 0, -1):
            arrived = (SENT[t - 1] + arrived) * (1.0 - getattr(x, f"h{t}") ** 2) @ x.w
        return arrived

    slip = recurrence.slip("h0", through_time, blank=[f"h{t}" for t in range(1, STEPS + 1)])
    assert slip.message.startswith("h0: in each product on the way, the other factor has a transpose too many")


def test_the_order_of_the_vectors_of_an_outer_product_is_named_at_one_step_of_several(recurrence):
    def rule(x, d):
        pairs = [(getattr(x, f"h{t - 1}"), inner(x, d, t)) for t in range(1, STEPS + 1)]
        return sum(np.outer(*(pair[::-1] if t == 1 else pair)) for t, pair in enumerate(pairs))

    slip = recurrence.slip("w", rule)
    assert (slip.kind, slip.message) == (
        "transposed",
        "w: in the product of the gradient of h1@w and h1, the two stand in the other order: which axis is summed "
        "over?",
    )


def test_a_matrix_before_a_vector_without_its_transpose_is_named():
    def build(name, w, x):
        return (name("y", w @ x) ** 2).sum() + (np.sin(x) ** 2).sum()

    net = Net(build, w=normal(3, 3), x=normal(3, seed=4))
    slip = net.slip("x", lambda x, d: x.w @ d.y + np.sin(2.0 * x.x))
    assert "in the product of the gradient of y and w, w has a transpose too many" in slip.message


def test_letters_of_einsum_that_are_exchanged_are_named():
    A, B = normal(3, 3), normal(3, 3, seed=4)
    net = Net(lambda name, a, b: (name("y", np.einsum("ij,jk->ik", a, b)) ** 3).sum(), a=A, b=B)
    dy = 3.0 * (A @ B) ** 2
    for wrong, of in ((dy @ B, "axes of b"), (dy.T @ B.T, "axes of its gradient")):
        slip = named(net, {"a": wrong})
        assert slip.kind == "transposed"
        assert f"on the way back through y, {of} are exchanged" in slip.message


def test_a_product_of_which_one_factor_is_not_known_is_diagnosed_all_the_same():
    B = normal(3, 3, seed=4)

    def build(name, a):
        product = opaque("@", np.asarray(a.data) @ B, [Edge(lambda g, _: g @ B.T, 1.0, lambda g, _: g @ abs(B).T)])
        return (name("y", product(a)) ** 2).sum()

    net = Net(build, a=normal(3, 3))
    assert net.slip("a", lambda x, d: -(d.y @ B.T)).kind == "sign"
    assert net.slip("a", lambda x, d: np.sin(x.a)) is None
