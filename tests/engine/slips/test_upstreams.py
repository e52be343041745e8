"""What a local derivative between arrays is multiplied with."""

from __future__ import annotations

import numpy as np

from handgrad import label

from .array_exercise import slip_of
from .nets import Net, named, normal
from .slipped import slip_after
from .small_nets import used_thrice

ONLY_LOCAL = "that is only the local derivative; you did not multiply by the upstream gradient of"


def test_the_upstream_gradient_of_one_consumer_of_two_that_is_left_out_is_named():
    net, (by_u, by_v, _) = used_thrice()
    slip = named(net, {"x": by_u + by_v + 1 - np.tanh(net.x.data) ** 2})
    assert (slip.kind, slip.message) == (
        "forgot-upstream",
        f"x: in what comes from t, {ONLY_LOCAL} t.",
    )


def test_local_derivatives_alone_are_named():
    net, _parts = used_thrice()
    x, a = net.x.data, net.a.data
    slip = named(net, {"x": a + 3.0 * x**2 + 1.0 - np.tanh(x) ** 2})
    assert slip.kind == "forgot-upstream"
    assert "you did not multiply by the upstream gradient of t, v and u" in slip.message


def test_a_factor_too_many_or_too_few_is_named():
    X, C = normal(3, 2), normal(3, 2, seed=5)
    net = Net(lambda name, x, c: (name("u", x * x * x) * c).sum(), x=X, c=C)
    slip = named(net, {"x": 3.0 * X * C})
    assert (slip.kind, slip.message) == ("forgot-local", "x: the factor x is left out once.")
    slip = named(net, {"x": 3.0 * X**3 * C})
    assert (slip.kind, slip.message) == ("rule", "x: the factor x is multiplied in once too often.")


def test_a_gradient_taken_from_the_wrong_array_is_named(exercise):
    exercise.fill({"W1": lambda x, d: x.embcat.T @ d.bndiff})
    slip = slip_of(exercise, "W1")
    assert slip.kind == "wrong-upstream"
    assert "bndiff" in slip.message


def test_an_array_that_a_wrong_gradient_was_passed_on_to_is_not_called_its_source():
    net = Net(lambda name, x, c: (name("z", name("y", x + 1.0) * c) ** 2).sum(), x=normal(3, 2), c=normal(3, 2, seed=5))
    wrong = normal(3, 2, seed=6)
    assert named(net, {"y": wrong, "x": wrong}) is None
    assert named(net, {"y": wrong}, blank=("x",)) is None


def test_only_the_upstream_gradients_that_are_not_1_are_said_to_be_missing():
    def build(n):
        return label(n["x"].tanh() + label(n["x"].exp(), "e") * n["b"], "y")

    local = 1.0 - np.tanh(0.7) ** 2
    slip = slip_after(build, "x", local + np.exp(0.7), x=0.7, b=2.3)
    assert (slip.kind, slip.message) == (
        "forgot-upstream",
        f"x: in what comes from e, {ONLY_LOCAL} e.",
    )


def test_ones_for_the_gradient_of_what_was_broadcast_are_the_local_derivative_alone():
    net = Net(lambda name, x, b: (name("y", x + b) * normal(3, 5, seed=6)).sum(), x=normal(3, 5), b=normal(5))
    slip = named(net, {"b": np.ones(5)})
    assert slip.message == "b: that is only the local derivative; you did not multiply by the upstream gradient of y."
