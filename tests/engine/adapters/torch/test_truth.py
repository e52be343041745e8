"""Right layers are let be, at kinks, ties and zeros too; the same with one gradient spoilt is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch.autograd import Function

from handgrad.adapters.torch import watch
from handgrad.adapters.torch.truth import SHORT, smaller

from . import functions
from . import layers as f
from .calls import recorded
from .cases import randn


def sparse(*shape: int) -> Any:
    """As after a relu: many zeros, and many equal ones."""
    return randn(*shape).detach().clamp(min=0.3).sub(0.3).requires_grad_()


def moved(x: Any, factor: float, shift: float) -> Any:
    return (x.detach() * factor + shift).requires_grad_()


LAYERS: list[tuple[type[Function], Callable[[], tuple[Any, ...]]]] = [
    (f.Mish, lambda: (randn(4, 5),)),
    (f.HardSwish, lambda: (moved(randn(40), 4.0, 0.0),)),
    (f.HardSwish, lambda: (torch.tensor([-3.0, 3.0, 0.0, 1.0]).requires_grad_(),)),
    (f.Conv, lambda: (randn(1, 2, 3, 3), randn(2, 2, 2, 2, seed=1), randn(2, seed=2), 1, 1)),
    (f.MaxPool, lambda: (sparse(1, 2, 4, 4),)),
    (f.MaxPool, lambda: (sparse(2, 4, 16, 16),)),
    (f.RMSNorm, lambda: (randn(2, 3, 8), randn(8, seed=1), 1e-6)),
    (f.GroupNorm, lambda: (moved(randn(2, 4, 3, 3), 100.0, 1000.0), 2, 1e-5)),
    (f.Attention, lambda: (randn(1, 2, 3), randn(1, 2, 3, seed=1), randn(1, 2, 3, seed=2))),
    (f.LSTMCell, lambda: (randn(2, 8), randn(2, 2, seed=1))),
    (f.Sparsemax, lambda: (randn(4, 6),)),
    (f.Length, lambda: (sparse(4, 3),)),
    (f.Huber, lambda: (randn(10), randn(10, seed=1), 0.5)),
    (f.GridSample, lambda: (randn(1, 2, 5, 5), moved(randn(1, 4, 4, 2, seed=1), 0.3, 0.0))),
]
layers = pytest.mark.parametrize(
    ("layer", "arguments"), LAYERS, ids=[f"{layer.__name__}{n}" for n, (layer, _) in enumerate(LAYERS)]
)


def ran(layer: type[Function], arguments: tuple[Any, ...], *, quick: bool = False) -> Any:
    with watch(quick=quick) as found:
        result = layer.apply(*arguments)
        sum((out**2).sum() for out in (result if isinstance(result, tuple) else (result,))).backward()
    return found


@layers
def test_a_right_layer_in_single_precision_is_let_be(layer: type[Function], arguments: Any) -> None:
    found = ran(layer, arguments())
    assert found.ok
    assert [result.status.value for result in found] == ["correct"]
    assert not found.remark


SPOILT = [lambda g: -g, lambda g: g / 3, lambda g: g * (1 + 0.01 * torch.rand_like(g)), lambda g: None]


@pytest.mark.drawn(2, rest=10)
@layers
@pytest.mark.parametrize("first", range(len(SPOILT)))
def test_gradients_that_are_spoilt_each_in_its_way_are_found_by_the_names_of_their_inputs(
    layer: Any, arguments: Any, first: int
) -> None:
    asked = [place for place, one in enumerate(arguments()) if isinstance(one, torch.Tensor)]

    class Spoilt(layer):  # type: ignore[misc]
        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            given = layer.backward(ctx, *grads)
            given = list(given) if isinstance(given, tuple) else [given]
            for number, place in enumerate(asked):
                given[place] = SPOILT[(first + number) % len(SPOILT)](given[place])
            return tuple(given)

    (cause,) = ran(Spoilt, arguments(), quick=True).causes
    names = layer.forward.__code__.co_varnames[1:]
    assert cause.name == "Spoilt"
    assert [f"{names[place]}: " in cause.note for place in asked] == [True] * len(asked)


def test_long_axes_become_short_and_different_lengths_stay_different() -> None:
    call = recorded(functions.Linear, randn(20, 12), randn(30, 12, seed=1), randn(30, seed=2))
    less = smaller(call)
    shapes = [tuple(one.shape) for one in less.inputs]
    assert shapes == [(6, 4), (8, 4), (8,)]
    assert [tuple(one.shape) for one in call.inputs] == [(20, 12), (30, 12), (30,)]
    assert torch.equal(less.inputs[2], call.inputs[2][:8])


def test_where_all_is_short_there_is_none() -> None:
    assert smaller(recorded(functions.Linear, randn(SHORT, 2), randn(3, 2, seed=1), randn(3, seed=2))) is None


def test_indices_stay_within_what_is_left_and_a_length_is_shortened_too() -> None:
    call = recorded(functions.Gather, randn(50, 2), torch.tensor([0, 3, 49, 11, 20, 5, 6, 7, 8, 9]))
    less = smaller(call)
    assert less.inputs[1].max() < less.inputs[0].shape[0]
    call.inputs = [*call.inputs, 50, [50, 2], "mode"]
    shortened = less.inputs[0].shape[0]
    assert smaller(call).inputs[2:] == [shortened, [shortened, 2], "mode"]
