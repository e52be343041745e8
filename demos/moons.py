"""micrograd's moons classifier: two interleaved half circles, separated by a small network of Values.

Run it with `python -m handgrad.demos.moons`; with `--replay` the graph is built once and run again for each step.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from handgrad import Value, big_graph, replay
from handgrad.functional import hinge_loss
from handgrad.nn import MLP
from handgrad.optim import SGD

from .plotting import BLUE, INK, MUTED, ORANGE, PALE, PAPER, draw_or_describe, new_figure, save_png
from .training_bar import progress_bar

POINTS = 100
NOISE = 0.1
HIDDEN = [16, 16]
L2 = 1e-4


class Dataset(NamedTuple):
    """Points of the plane, shape (n, 2), and their labels -1 or +1, shape (n,)."""

    points: np.ndarray
    labels: np.ndarray


class Progress(NamedTuple):
    """Where the training stands after a step."""

    step: int
    loss: float
    accuracy: float


def make_moons(count: int, noise: float, seed: int) -> Dataset:
    """Return two half circles of radius 1 that interleave, as sklearn's `make_moons`.

    Args:
        count: how many points in all; the upper moon (-1) has one less of an odd count.
        noise: the standard deviation of the normal noise on each coordinate.
        seed: of numpy's generator.

    Returns:
        The points in random order.
    """
    rng = np.random.default_rng(seed)
    upper = np.linspace(0.0, np.pi, count // 2)
    lower = np.linspace(0.0, np.pi, count - count // 2)
    points = np.concatenate(
        [
            np.column_stack([np.cos(upper), np.sin(upper)]),
            np.column_stack([1.0 - np.cos(lower), 0.5 - np.sin(lower)]),
        ]
    )
    labels = np.repeat([-1, 1], [len(upper), len(lower)])
    order = rng.permutation(count)
    return Dataset(points[order] + rng.normal(scale=noise, size=(count, 2)), labels[order])


def train(model: MLP, data: Dataset, steps: int, *, with_replay: bool = False) -> Iterator[Progress]:
    """Descend the hinge loss plus an L2 penalty over the whole data.

    Args:
        model: two inputs, one output; its parameters are trained in place.
        data: what to learn.
        steps: how many steps the schedule 1.0 - 0.9 * k / steps takes.
        with_replay: whether the graph is built once and replayed, instead of built anew for each step.

    Yields:
        The loss and the accuracy before each step, and after the last.
    """
    optimizer = SGD(model.parameters(), lr=1.0)
    rows = [[Value(x), Value(y)] for x, y in data.points]
    recorded = replay(_loss(model, rows, data.labels), inputs=model.parameters()) if with_replay else None
    for step in range(steps + 1):
        optimizer.zero_grad()
        if recorded is not None:
            loss = recorded.backward()
        else:
            root = _loss(model, rows, data.labels)
            root.backward()
            loss = root.data
        accuracy = float(np.mean((scores_at(model, data.points) > 0) == (data.labels > 0)))
        yield Progress(step, loss, accuracy)
        if step < steps:
            optimizer.lr = 1.0 - 0.9 * step / steps
            optimizer.step()


def _loss(model: MLP, rows: list[list[Value]], labels: np.ndarray) -> Value:
    penalty = L2 * sum(p * p for p in model.parameters())
    return hinge_loss([model(row) for row in rows], labels) + penalty


def scores_at(model: MLP, points: np.ndarray) -> np.ndarray:
    """Return the model's scores at many points, by NumPy: a picture needs no gradients."""
    signals = points
    for layer in model.layers:
        weights = np.array([[w.data for w in neuron.w] for neuron in layer.neurons])
        signals = signals @ weights.T + np.array([neuron.b.data for neuron in layer.neurons])
        if layer.neurons[0].nonlin:
            signals = np.maximum(signals, 0.0)
    return signals[:, 0]


def draw(model: MLP, data: Dataset, title: str, path: Path) -> None:
    """Draw the points, the score as a tint and the decision boundary as a PNG.

    The file appears whole or not at all; missing folders are made.
    """
    from matplotlib.colors import LinearSegmentedColormap

    low, high = data.points.min(axis=0) - 0.5, data.points.max(axis=0) + 0.5
    xs, ys = np.linspace(low[0], high[0], 500), np.linspace(low[1], high[1], 400)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    scores = scores_at(model, grid.reshape(-1, 2)).reshape(grid.shape[:2])

    figure = new_figure(8.0, 6.0)
    axes = figure.add_subplot()
    # tanh keeps the tint soft: far from the boundary the score grows without end.
    axes.imshow(
        np.tanh(scores / 3.0),
        extent=(low[0], high[0], low[1], high[1]),
        origin="lower",
        cmap=LinearSegmentedColormap.from_list("sides", [BLUE, PALE, ORANGE]),
        vmin=-1.8,
        vmax=1.8,
        interpolation="bilinear",
    )
    axes.contour(xs, ys, scores, levels=[-1.0, 1.0], colors=MUTED, linewidths=1.0, linestyles="dashed")
    axes.contour(xs, ys, scores, levels=[0.0], colors=INK, linewidths=2.4)
    # The classes differ in shape too, for whoever does not tell the colours apart.
    for label, colour, marker, size in ((-1, BLUE, "o", 60), (1, ORANGE, "D", 48)):
        x, y = data.points[data.labels == label].T
        name = f"class {label:+d}".replace("-", "\N{MINUS SIGN}")
        axes.scatter(x, y, s=size, c=colour, marker=marker, edgecolors=PAPER, linewidths=1.2, zorder=3, label=name)
    axes.plot([], [], color=INK, linewidth=2.4, label="decision boundary")
    axes.plot([], [], color=MUTED, linewidth=1.0, linestyle="dashed", label="margin (score \N{PLUS-MINUS SIGN}1)")

    axes.set_title(title, loc="left", color=INK, fontsize=15, fontweight="bold", pad=12)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=9, labelcolor=MUTED)
    axes.legend(loc="upper left", bbox_to_anchor=(-0.01, -0.06), ncols=4, frameon=False, fontsize=10, labelcolor=INK)
    save_png(figure, path)


def _describe(now: Progress) -> str:
    return f"loss {now.loss:.4f}  accuracy {now.accuracy:4.0%}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, report, and draw the decision boundary."""
    options = _parse(arguments)
    data = make_moons(POINTS, NOISE, options.seed)
    model = MLP(2, [*HIDDEN, 1], seed=options.seed)
    print(f"{POINTS} points in two moons; a network 2-16-16-1 of {len(model.parameters())} parameters")
    with progress_bar(options.steps) as show, big_graph():
        for now in train(model, data, options.steps, with_replay=options.replay):
            show(now.step, _describe(now))
    print(f"after {now.step} steps: loss {now.loss:.4f}, accuracy {now.accuracy:.0%}")
    title = f"Two moons, {now.accuracy:.0%} separated after {now.step} steps"
    what = f"the {POINTS} points, and between the two moons the line where the network's score is 0"
    try:
        print(draw_or_describe(lambda: draw(model, data, title, options.out), options.out, what))
    except OSError as error:
        sys.exit(f"cannot write {options.out}: {error.strerror or error}")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m handgrad.demos.moons", description=main.__doc__)
    parser.add_argument("--steps", type=int, default=100, help="how many descent steps (default: 100)")
    parser.add_argument("--out", type=Path, default=Path("out/moons.png"), help="the PNG (default: out/moons.png)")
    parser.add_argument("--replay", action="store_true", help="build the graph once and replay it: the same, faster")
    parser.add_argument("--seed", type=int, default=42, help="of the points and the weights (default: 42)")
    options = parser.parse_args(arguments)
    if options.steps < 1:
        parser.error("--steps must be 1 or more")
    if options.seed < 0:
        parser.error("--seed must be 0 or more")
    if options.out.suffix.lower() != ".png":
        parser.error("--out must end in .png")
    return options


if __name__ == "__main__":
    main()
