"""A world in which every tensor is of double precision."""

from __future__ import annotations

import torch

from handgrad.adapters.torch.double import Apart, widened


def test_what_is_closed_over_is_wide_inside_and_untouched_outside() -> None:
    weight = torch.ones(3)
    version = weight._version
    with Apart():
        out = weight * torch.full((3,), 1 / 3).float()
        weight.add_(1.0)
        again = weight * 1.0
    assert out.dtype == torch.float64
    assert again.tolist() == [2.0, 2.0, 2.0]
    assert weight.tolist() == [1.0, 1.0, 1.0]
    assert (weight.dtype, weight._version) == (torch.float32, version)


def test_views_of_one_memory_stay_views_of_one_copy() -> None:
    whole = torch.zeros(2, 3)
    row = whole[1]
    with Apart():
        row.fill_(5.0)
        seen = whole.sum().item()
    assert seen == 15.0
    assert whole.sum() == 0.0


def test_what_is_made_inside_is_written_to_itself() -> None:
    before = torch.zeros(2)
    with Apart():
        mine = before.clone()
        mine.fill_(3.0)
    assert mine.tolist() == [3.0, 3.0]
    assert before.tolist() == [0.0, 0.0]


def test_by_request_the_precision_stays_as_it_was() -> None:
    weight = torch.ones(3)
    with Apart(is_wide=False):
        assert (weight * 2).dtype == torch.float32


def test_only_floats_are_widened() -> None:
    assert widened(torch.ones(1, dtype=torch.bfloat16)).dtype == torch.float64
    assert widened(torch.ones(1, dtype=torch.complex64)).dtype == torch.complex128
    assert widened(torch.ones(1, dtype=torch.int32)).dtype == torch.int32
    assert widened(torch.ones(1), is_wide=False).dtype == torch.float32
