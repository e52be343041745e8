"""`handgrad.optim`: the optimizers, by the name that PyTorch has for them."""

from __future__ import annotations

import pytest

from handgrad import Value, optim
from handgrad.nn import optim as room


@pytest.mark.parametrize("name", optim.__all__)
def test_each_public_name_is_the_rooms_own(name):
    assert getattr(optim, name) is getattr(room, name)


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam, optim.AdamW])
def test_each_optimizer_goes_downhill(kind):
    w = Value(3.0)
    optimizer = kind([w], lr=0.1)
    for _ in range(30):
        optimizer.zero_grad()
        (w * w).backward()
        optimizer.step()
    assert abs(w.data) < 1.0
