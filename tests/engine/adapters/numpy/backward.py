"""A traced forward."""

import numpy as np

from handgrad.adapters.numpy.calling import Inputs
from handgrad.adapters.numpy.state import State
from handgrad.adapters.numpy.tracing import trace_forward
from handgrad.graph import topological_order

from .problem import W, X


def forward(x, w):
    z = x @ w
    h = np.tanh(z)
    return (h**2).sum()


def traced(function=forward):
    """The forward, followed."""
    inputs = Inputs({"x": X, "w": W}, function)
    return trace_forward(lambda v: (function(**v),), inputs, inputs.leaves, State(function), {}, ())


def named(followed, name):
    """The node that has a name in the forward."""
    return next(node for node in topological_order(followed.root) if node.label == name)
