"""micrograd's moons classifier: two interleaved half circles, told apart by a small network of Values.

Run it with `python -m handgrad.demos.moons`.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from handgrad import Value, big_graph
from handgrad.functional import hinge_loss
from handgrad.nn import MLP
from handgrad.optim import SGD

POINTS = 100
NOISE = 0.1
HIDDEN = [16, 16]
L2 = 1e-4

INK, MUTED, PALE, PAPER = "#1f2933", "#7b8794", "#f7f8fa", "#ffffff"
BLUE, ORANGE = "#2f6db5", "#e07a1f"


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
    """Two half circles of radius 1 that reach into each other, as sklearn's `make_moons` places them.

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


def train(model: MLP, data: Dataset, steps: int) -> Iterator[Progress]:
    """Descend the hinge loss plus an L2 penalty over the whole data set, with a falling learning rate.

    Args:
        model: two inputs, one output; its parameters are trained in place.
        data: what to learn.
        steps: how many steps the schedule 1.0 - 0.9 * k / steps takes.

    Yields:
        The loss and the accuracy before each step, and after the last.
    """
    optimizer = SGD(model.parameters(), lr=1.0)
    rows = [[Value(x), Value(y)] for x, y in data.points]
    for step in range(steps + 1):
        scores = [model(row) for row in rows]
        accuracy = float(np.mean([(score.data > 0) == (label > 0) for score, label in zip(scores, data.labels)]))
        penalty = L2 * sum(p * p for p in model.parameters())
        loss = hinge_loss(scores, data.labels) + penalty
        yield Progress(step, loss.data, accuracy)
        if step < steps:
            optimizer.zero_grad()
            loss.backward()
            optimizer.lr = 1.0 - 0.9 * step / steps
            optimizer.step()


def scores_at(model: MLP, points: np.ndarray) -> np.ndarray:
    """The model's score at many points at once, by numpy: a picture needs no gradients."""
    signals = points
    for layer in model.layers:
        weights = np.array([[w.data for w in neuron.w] for neuron in layer.neurons])
        signals = signals @ weights.T + np.array([neuron.b.data for neuron in layer.neurons])
        if layer.neurons[0].nonlin:
            signals = np.maximum(signals, 0.0)
    return signals[:, 0]


def draw(model: MLP, data: Dataset, title: str, path: Path) -> None:
    """Draw the points, the model's score as a tint and its decision boundary, as a PNG.

    The file appears whole or not at all; missing folders are made.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.figure import Figure

    low, high = data.points.min(axis=0) - 0.5, data.points.max(axis=0) + 0.5
    xs, ys = np.linspace(low[0], high[0], 500), np.linspace(low[1], high[1], 400)
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    scores = scores_at(model, grid.reshape(-1, 2)).reshape(grid.shape[:2])

    figure = Figure(figsize=(8.0, 6.0), dpi=160, facecolor=PAPER)
    FigureCanvasAgg(figure)
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
    _write_whole(path, lambda file: figure.savefig(file, format="png", bbox_inches="tight", pad_inches=0.25))


def _write_whole(path: Path, write: Callable[[Any], None]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            write(file)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def progress_bar(steps: int) -> Iterator[Callable[[Progress], None]]:
    """A bar in a terminal; elsewhere a line for each tenth of the way."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console()
    if not console.is_terminal:
        every = max(1, steps // 10)
        yield lambda now: print(_in_words(now)) if now.step % every == 0 or now.step == steps else None
        return
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Bar(*columns, TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("", total=steps)
        yield lambda now: bar.update(task, completed=now.step, description=_in_words(now, with_step=False))


def _in_words(now: Progress, with_step: bool = True) -> str:
    words = f"loss {now.loss:.4f}  accuracy {now.accuracy:4.0%}"
    return f"step {now.step:>3}  {words}" if with_step else words


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, report, and draw the decision boundary."""
    options = _parse(arguments)
    missing = [name for name in ("matplotlib", "rich") if find_spec(name) is None]
    if missing:
        sys.exit(f"This demo needs {' and '.join(missing)}: pip install 'handgrad[demos]'")
    data = make_moons(POINTS, NOISE, options.seed)
    model = MLP(2, [*HIDDEN, 1], seed=options.seed)
    print(f"{POINTS} points in two moons; a network 2-16-16-1 of {len(model.parameters())} parameters")
    with progress_bar(options.steps) as show, big_graph():
        for now in train(model, data, options.steps):
            show(now)
    print(f"after {now.step} steps: loss {now.loss:.4f}, accuracy {now.accuracy:.0%}")
    try:
        draw(model, data, f"Two moons, {now.accuracy:.0%} told apart after {now.step} steps", options.out)
    except OSError as error:
        sys.exit(f"cannot write {options.out}: {error.strerror or error}")
    print(f"drawn: {options.out}")


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m handgrad.demos.moons", description=main.__doc__)
    parser.add_argument("--steps", type=int, default=100, help="how many descent steps (default: 100)")
    parser.add_argument("--out", type=Path, default=Path("out/moons.png"), help="the PNG (default: out/moons.png)")
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
