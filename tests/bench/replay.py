"""Replay against building anew, and CasADi's SX and torch where they are installed: `python -m tests.bench replay`.

All work on one thread. Each round has every one in its turn, several calls in a row, as in a training loop, where the
numbers of the last call are still in the processor's cache; the figures are medians, and the ratios those of the
rounds' ratios.
"""

from __future__ import annotations

import importlib
import random
from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from itertools import pairwise
from typing import Any

import numpy as np

from handgrad import Value, big_graph, replay
from handgrad.graph import topological_order
from handgrad.recording.plan import Levels
from handgrad.recording.terms import fold_terms

from .common.timing import in_turns, milliseconds, rows, timed, versions

ROUNDS = 5
SIZES = (2, 16, 16, 1)
PARAMETERS = sum(nout * (nin + 1) for nin, nout in pairwise(SIZES))
SETS = 64
POINTS = (10, 100)
STEPS = 5000


def moons_loss(parameters: Sequence[Any], points: Sequence[Sequence[Any]], signs: Sequence[int], relu: Any) -> Any:
    """The loss of micrograd's moons notebook, written for any kind of number."""
    rest = iter(parameters)
    layers = [[([next(rest) for _ in range(nin)], next(rest)) for _ in range(nout)] for nin, nout in pairwise(SIZES)]
    losses = []
    for point in points:
        signals = list(point)
        for layer in layers:
            sums = [sum((w * x for w, x in zip(weights, signals)), bias) for weights, bias in layer]
            signals = sums if layer is layers[-1] else [relu(total) for total in sums]
        losses.append(signals[0])
    margins = [relu(1.0 - sign * score) for sign, score in zip(signs, losses)]
    return sum(margins) * (1.0 / len(margins)) + 1e-4 * sum(p * p for p in parameters)


def show(title: str, runs: Mapping[str, Callable[[], Any]], peer: str, times: int) -> None:
    """A row each, against the peer."""
    # What is built anew costs hundreds of times as much: once a round is enough of it.
    calls = {name: milliseconds(run, 1 if name == "eager" else times) for name, run in runs.items()}
    print("\n".join([f"  {title}", *rows(in_turns(calls, ROUNDS), peer)]))


def set_up(what: str, call: Callable[[], Any]) -> Any:
    made, seconds = timed(call)
    print(f"    {what:<44} {1e3 * seconds:9.1f} ms")
    return made


def moons(count: int) -> None:
    """A step of moons on some points, value and gradient by all parameters, one set of these and a batch."""
    rng = random.Random(0)
    points = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(count)]
    signs = [rng.choice([-1, 1]) for _ in points]
    one = np.random.default_rng(0).normal(size=PARAMETERS) * 0.3
    batch = np.random.default_rng(1).normal(size=(SETS, PARAMETERS)) * 0.3
    parameters = [Value(x) for x in one]
    data = [[Value(x), Value(y)] for x, y in points]

    def eager() -> Any:
        with big_graph():
            loss = moons_loss(parameters, data, signs, Value.relu)
            loss.backward()
        return loss

    print(f"  set-up, {count} points")
    loss = eager()
    recorded = set_up("replay", lambda: replay(loss, inputs=parameters))
    set_up("first run", lambda: recorded(one))
    alone: dict[str, Callable[[], Any]] = {"eager": eager, "replay": lambda: recorded(one)}
    many: dict[str, Callable[[], Any]] = {"replay": lambda: recorded(batch)}
    if find_spec("casadi"):
        casadi = importlib.import_module("casadi")
        x = casadi.SX.sym("x", PARAMETERS)

        def function() -> Any:
            symbols = [x[i] for i in range(PARAMETERS)]
            built = moons_loss(symbols, points, signs, lambda total: casadi.fmax(total, 0))
            return casadi.Function("step", [x], [built, casadi.gradient(built, x)])

        step = set_up("CasADi SX", function)
        assert np.allclose(step(one)[1].full().ravel(), recorded(one).gradients, rtol=1e-9, atol=1e-12)
        mapped, columns = step.map(SETS), batch.T.copy()
        alone["CasADi SX"] = lambda: step(one)
        many["CasADi SX"] = lambda: mapped(columns)
    if find_spec("torch"):
        alone["torch, in arrays"] = torch_step(points, signs, one[np.newaxis])
        many["torch, in arrays"] = torch_step(points, signs, batch)
    peer = "CasADi SX" if "CasADi SX" in alone else "eager"
    show(f"moons, {count} points, one set, {len(topological_order(loss)):,} nodes", alone, peer, times=50)
    show(f"moons, {count} points, a batch of {SETS}", many, peer if peer in many else "replay", times=5)


def torch_step(points: Any, signs: Any, sets: Any) -> Callable[[], Any]:
    """The same loss written in arrays by hand, a network for each set: what the graph would be in a tensor library."""
    torch = importlib.import_module("torch")
    torch.set_num_threads(1)
    x = torch.tensor(points, dtype=torch.float64).expand(len(sets), -1, -1)
    y = torch.tensor(signs, dtype=torch.float64)
    parameters = torch.tensor(sets, dtype=torch.float64, requires_grad=True)

    def step() -> Any:
        signals, at = x, 0
        for nin, nout in pairwise(SIZES):
            layer = parameters[:, at : at + nout * (nin + 1)].reshape(-1, nout, nin + 1)
            signals = signals @ layer[:, :, :nin].transpose(1, 2) + layer[:, None, :, nin]
            signals = signals.relu() if nout > 1 else signals
            at += nout * (nin + 1)
        losses = (1.0 - y * signals[:, :, 0]).relu().mean(1) + 1e-4 * (parameters**2).sum(1)
        return losses, torch.autograd.grad(losses.sum(), parameters)[0]

    return step


def recurrence() -> None:
    """h = tanh(w * h + b), step after step: long and narrow."""
    w, b, h0 = Value(0.9), Value(0.1), Value(0.3)

    def program() -> Any:
        h = h0
        for _ in range(STEPS):
            h = (w * h + b).tanh()
        return h

    def eager() -> None:
        program().backward()

    root = program()
    recorded = replay(root, inputs=[w, b, h0])
    inputs = [0.9, 0.1, 0.3]
    levels = Levels(fold_terms(topological_order(root), recorded.inputs), recorded.inputs)
    rows = np.array([inputs])
    runs = {"eager": eager, "replay": lambda: recorded(inputs), "by levels, for comparison": lambda: levels.run(rows)}
    show(f"a recurrence of {STEPS:,} steps", runs, "eager", times=1)


def main() -> None:
    """Print milliseconds and ratios."""
    print(f"  {versions('numpy', 'casadi', 'torch')}")
    for count in POINTS:
        moons(count)
    recurrence()
    for package in ("casadi", "torch"):
        if not find_spec(package):
            print(f"  {package} is not installed: pip install {package} has it join in")


if __name__ == "__main__":
    main()
