"""Mistakes in a softmax that is done in one go."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from handgrad import gradients

from ..nets import Net, named, normal


def softmax(*, with_maximum: bool) -> tuple[Net, Any, Any]:
    """Shares by row, their logits, and the gradient of the shares; all between is left blank."""

    def build(name, z, c):
        e = np.exp(z - z.max(1, keepdims=True)) if with_maximum else np.exp(z)
        return (name("p", e / e.sum(1, keepdims=True)) ** 2 * c).sum()

    net = Net(build, z=normal(3, 4), c=normal(3, 4, seed=5))
    return net, net.p.data, 2.0 * net.p.data * net.c.data


@pytest.mark.parametrize("with_maximum", [False, True])
def test_a_slip_in_a_softmax_in_one_go_is_named(with_maximum):
    net, p, dp = softmax(with_maximum=with_maximum)
    shared = (dp * p).sum(1, keepdims=True)
    assert gradients(net.loss)[net.z] == pytest.approx(p * (dp - shared))
    for wrong, kind, words in (
        (p * dp, "missing-path", "that is p times its upstream gradient alone"),
        (p * (dp + shared), "sign", "has the wrong sign"),
        (p * (dp - shared) * p, "rule", "the factor p is multiplied in once too often"),
        (p * (1.0 - p) * dp, "missing-path", "only what an entry of p passes to z in its own place is there"),
    ):
        slip = named(net, {"z": wrong})
        assert slip.kind == kind
        assert words in slip.message
