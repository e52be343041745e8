"""Which number is the gradient of what, as it shows where the backward is fixed."""

import numpy as np

from handgrad.adapters.numpy.chain import Chain
from handgrad.adapters.numpy.check import _Check
from handgrad.adapters.numpy.events import recording
from handgrad.adapters.numpy.fixed import paired_as_fixed
from handgrad.adapters.numpy.inputs import Inputs

RNG = np.random.default_rng(0)
GIVEN = {"x": RNG.normal(size=(4, 3)), "w": RNG.normal(size=(3, 2))}


def forward(x, w):
    z = x @ w
    h = np.tanh(z)
    return np.sum(h**3)


class Backward:
    """One body for both, so that both have the same lines."""

    power = 1

    def __call__(self, x, w):
        h = np.tanh(x @ w)
        dh = 3.0 * h**2
        dz = dh * (1.0 - h**self.power)
        return {"x": dz @ w.T, "w": x.T @ dz}


def paired(taken=()):
    wrong, right = Backward(), Backward()
    right.power = 2
    checked = _Check(forward, wrong, Inputs(GIVEN, forward), "random", np.random.default_rng(0)).checked()[0]
    chain = Chain(checked.followed.root)
    with recording() as there:
        wrong(**GIVEN)
    with recording() as fixed:
        right(**GIVEN)
    taken = [node for node in chain.order if node.label in taken]
    return paired_as_fixed(there.events, fixed.events, chain, checked.followed, taken), there.events


def test_a_wrong_number_is_that_of_the_node_whose_gradient_it_is_once_fixed():
    found, events = paired()
    by_name = {node.label: (events[one.at].name, one.value) for node, one in found.items() if node.label}
    assert by_name["z"][0] == "dz"
    h = np.tanh(GIVEN["x"] @ GIVEN["w"])
    assert np.allclose(by_name["z"][1], 3.0 * h**2 * (1.0 - h))
    assert by_name["h"][0] == "dh"


def test_what_has_a_number_already_keeps_it():
    assert "z" not in {node.label for node in paired(taken=("z",))[0]}


def test_no_number_is_that_of_the_loss():
    found, _ = paired()
    assert all(node.operands or node.label in GIVEN for node in found)
    assert not any(node.shape == () for node in found)
