"""A backward with a mistake, as a subject of experiments: what is true is said by hand."""

from dataclasses import replace

import numpy as np

from handgrad.repair.trial import Numbers, Outcome, Point, Subject

RNG = np.random.default_rng(0)
X, UP = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 3))


def layer(x):
    h = np.tanh(x)
    return h, h


def backward(up, h):
    slope = 1 - h
    dx = up * slope
    return dx


def right(up, x):
    return up * (1 - np.tanh(x) ** 2)


def subject(
    function=backward,
    *,
    here=(X, UP),
    elsewhere=((X * 0.5, UP * 2.0),),
    elsewhere_run=None,
):
    """What `experiment` is given for a function of the upstream gradient and what the forward keeps."""

    def point(x, up):
        def run(between):
            out, kept = layer(x.copy())
            between()
            return Outcome({"x": function(up.copy(), kept)}, [out])

        def is_right(_, value):
            return np.shape(value) == x.shape and np.allclose(value, right(up, x), rtol=1e-6)

        return Point(run, is_right, frozenset({"x"}))

    code = function.__code__
    last = code.co_firstlineno + 40
    lines = {(code.co_filename, line) for line in range(code.co_firstlineno, last)}
    changed = {} if elsewhere_run is None else {"run": elsewhere_run}
    x, up = here
    return Subject(
        functions=[function, layer],
        here=point(x, up),
        elsewhere=lambda: [replace(point(*other), **changed) for other in elsewhere],
        known=[Numbers("gradient", "x", right(up, x)), Numbers("data", "h", np.tanh(x)), Numbers("gradient", "h", up)],
        ran=frozenset(lines),
        shared=frozenset({(layer.__code__.co_filename, "layer")}),
        share=1e-6,
        upstream=frozenset({"up"}),
        believed=frozenset(),
    )
