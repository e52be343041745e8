"""What the methods of a Function call things."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import Function

from handgrad.adapters.torch.signature import (
    backward_of,
    constants_of,
    has_setup_context,
    input_names,
    output_name,
    upstream_name,
)

SCALE = torch.ones(2)


class Old(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, *rest: Any) -> Any:
        return x * SCALE

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return grads


class New(Function):
    @staticmethod
    def forward(x: Any, weight: Any) -> Any:
        return x * weight

    @staticmethod
    def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
        pass

    @staticmethod
    def vjp(ctx: Any, grad_x: Any, grad_w: Any) -> Any:
        return grad_x, grad_w


class ForwardOnly(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x


def test_inputs_have_the_names_that_forward_gives_them_and_ctx_is_none() -> None:
    assert input_names(Old)[:3] == ["x", "rest[0]", "rest[1]"]
    assert input_names(New) == ["x", "weight"]
    assert (has_setup_context(Old), has_setup_context(New)) == (False, True)


def test_a_backward_may_be_called_vjp_or_be_missing() -> None:
    assert backward_of(New) is New.vjp
    assert backward_of(Old) is Old.backward
    assert backward_of(ForwardOnly) is None


def test_upstream_gradients_have_the_names_that_backward_gives_them() -> None:
    assert upstream_name(New, 1) == "grad_w"
    assert upstream_name(Old, 1) == "grads[1]"
    assert upstream_name(ForwardOnly) == "grad_output"


def test_what_forward_takes_from_elsewhere_is_known_by_its_name() -> None:
    assert constants_of(Old.forward)["SCALE"] is SCALE
    assert constants_of(New.forward) == {}


def test_one_output_has_no_number() -> None:
    assert (output_name(0, 1), output_name(1, 2)) == ("output", "output[1]")
