"""Where a Function's backward writes the gradient of an input."""

from __future__ import annotations

import functools
from typing import Any

import pytest

from handgrad.adapters.torch_code.lines import written_at


def at_once(ctx: Any, g: Any) -> Any:
    return g * ctx.w, g.sum(0)  # 0 1


def in_variables(ctx: Any, g: Any) -> Any:
    grad_x = grad_w = None
    if ctx.needs_input_grad[0]:
        grad_x = g @ ctx.w  # 0
    grad_w = g.T
    grad_w = grad_w @ ctx.x  # 1
    return grad_x, grad_w


def in_places(ctx: Any, g: Any) -> Any:
    grad_x = g.clone()
    grad_x[g < 0] = 0  # 0
    return grad_x


def slope_apart(ctx: Any, g: Any) -> Any:
    x = ctx.saved
    slope = 1 - x.tanh() ** 2  # 0
    return g * slope


def kept_apart(ctx: Any, g: Any) -> Any:
    (y,) = ctx.saved_tensors
    return g * y  # 0


def in_one(ctx: Any, g: Any) -> Any:
    grads = tuple(g for _ in range(2))  # 0 1
    return grads


def decorated(function: Any) -> Any:
    @functools.wraps(function)
    def wrapped(*args: Any) -> Any:
        return function(*args)

    return wrapped


@decorated
def behind(ctx: Any, g: Any) -> Any:
    def inner() -> Any:
        return 1, 2

    return g, inner()  # 0


@pytest.mark.parametrize(
    ("backward", "place"),
    [
        (at_once, 0),
        (at_once, 1),
        (in_variables, 0),
        (in_variables, 1),
        (in_places, 0),
        (slope_apart, 0),
        (kept_apart, 0),
        (in_one, 0),
        (in_one, 1),
        (behind, 0),
    ],
)
def test_it_is_the_line_that_works_the_gradient_out(backward: Any, place: int) -> None:
    text = written_at(backward, place).text
    assert str(place) in text.partition("# ")[2].split(), text


def test_of_the_method_as_a_whole_it_is_the_def() -> None:
    assert written_at(at_once, None).text == "def at_once(ctx: Any, g: Any) -> Any:"
    assert written_at(len, 0) is None
