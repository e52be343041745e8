"""A traced forward, and what a backward of it did, for the modules that look at both."""

import numpy as np

from handgrad.adapters.numpy.chain import Chain
from handgrad.adapters.numpy.events import recording
from handgrad.adapters.numpy.following import follow
from handgrad.adapters.numpy.inputs import Inputs
from handgrad.adapters.numpy.kinds import Final
from handgrad.adapters.numpy.state import State

from .problem import W, X


def forward(x, w):
    z = x @ w
    h = np.tanh(z)
    return (h**2).sum()


def backward(x, w):
    z = x @ w
    h = np.tanh(z)
    dh = 2 * h
    dz = dh * (1 - h**2)
    dw = x.T @ dz
    return {"x": dz @ w.T, "w": dw}


def without_square(x, w):
    z = x @ w
    h = np.tanh(z)
    dh = 2 * h
    dz = dh * (1 - h)
    dw = x.T @ dz
    return {"x": dz @ w.T, "w": dw}


def traced(function=forward):
    """The forward, followed."""
    inputs = Inputs({"x": X, "w": W}, function)
    return follow(lambda v: function(**v), inputs, inputs.leaves, State(function), {}, lambda out: (out,), ())


def ran(function):
    """What a backward did, the forward's chain, and the gradients that it gave."""
    followed = traced()
    with recording() as recorder:
        given = function(X, W)
    at = {event.name: place for place, event in enumerate(recorder.events)}
    made = {"x": at["x"], "w": at["dw"]}
    finals = [Final(followed.leaves[name], value, made[name]) for name, value in given.items()]
    return recorder, followed, Chain(followed.root), finals


def named(followed, name):
    """The node that has a name in the forward."""
    return followed.by_name[name][-1]
