"""Reshapes and transposes that are undone in another order."""

from __future__ import annotations

import numpy as np
import pytest

from handgrad import functional

from .nets import Net, normal

ROWS, TOKENS, HEADS, HEAD = 2, 3, 2, 2
WIDTH = HEADS * HEAD


@pytest.fixture(scope="module")
def heads() -> Net:
    """Queries, keys and values side by side, each cut out and split into heads."""

    def build(name, x, w):
        qkv = name("qkv", x @ w)
        parts = [qkv[:, :, i * WIDTH : (i + 1) * WIDTH].reshape(ROWS, TOKENS, HEADS, HEAD) for i in range(3)]
        q, k, v = (name(text, part.transpose(0, 2, 1, 3)) for text, part in zip("qkv", parts))
        return ((functional.softmax(q @ k.swapaxes(-1, -2)) @ v) ** 2 * normal(ROWS, HEADS, TOKENS, HEAD)).sum()

    return Net(build, x=normal(ROWS, TOKENS, WIDTH), w=normal(WIDTH, 3 * WIDTH, seed=5))


def joined(head, *, is_transposed=True):
    return (head.transpose(0, 2, 1, 3) if is_transposed else head).reshape(ROWS, TOKENS, WIDTH)


def by_a_reshape_alone(d, which="qkv"):
    return np.concatenate([joined(getattr(d, part), is_transposed=part not in which) for part in "qkv"], axis=-1)


def test_heads_that_are_joined_by_a_reshape_alone_are_named_through_three_slices(heads):
    slip = heads.slip("qkv", lambda x, d: by_a_reshape_alone(d))
    assert (slip.kind, slip.message) == (
        "transposed",
        "qkv: axes are mixed up on the way back from each of several arrays. Undo each reshape and each transpose, the "
        "last one first.",
    )


def test_one_slice_of_three_whose_axes_are_mixed_up_is_told_by_its_name(heads):
    slip = heads.slip("qkv", lambda x, d: by_a_reshape_alone(d, "k"))
    assert slip.message.startswith("qkv: axes are mixed up on the way back from k.")


@pytest.mark.parametrize(
    ("array", "rule"),
    [
        ("w", lambda x, d: x.x.reshape(-1, WIDTH).T @ by_a_reshape_alone(d).reshape(-1, 3 * WIDTH)),
        ("x", lambda x, d: by_a_reshape_alone(d) @ x.w.T),
    ],
)
def test_heads_that_are_joined_by_a_reshape_alone_are_named_below_the_product(heads, array, rule):
    slip = heads.slip(array, rule, blank=("qkv",))
    assert slip.kind == "transposed"
    assert slip.message.startswith(f"{array}: axes are mixed up on the way back from each")


def test_an_array_of_six_axes_that_is_put_together_in_another_order_is_named():
    def build(name, x):
        pooled = name("windows", x.reshape(2, 2, 3, 2, 2, 2)).max(5).max(3)
        return (pooled**2).sum()

    net = Net(build, x=normal(2, 6, 8))
    slip = net.slip("x", lambda x, d: d.windows.transpose(0, 1, 3, 2, 5, 4).reshape(2, 6, 8))
    assert slip.message.startswith("x: these are the right numbers in the wrong places: axes are mixed up")


def test_the_right_numbers_in_any_other_order_are_named():
    net = Net(lambda name, x: (np.sin(x) ** 2).sum(), x=normal(3, 4))
    order = np.random.default_rng(4).permutation(12)
    slip = net.slip("x", lambda x, d: d.x.ravel()[order].reshape(3, 4))
    assert (slip.kind, slip.message) == (
        "transposed",
        "x: these are the right numbers in the wrong places: in which order are the axes, and the entries along each?",
    )
