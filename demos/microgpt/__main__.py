"""The program: `python -m handgrad.demos.microgpt` trains, and has the commands of the worksheet."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from handgrad import big_graph

from ..plotting import INK, MUTED, ORANGE, draw_or_describe, new_figure, save_png
from ..training_bar import progress_bar
from ..worksheets.command import commands
from . import model
from .exercise import COURSE
from .training import WAYS, sample, train
from .vocabulary import CHARACTERS, names, shuffle, tokens

STEPS = {"scalars": 200, "replay": 1000, "arrays": 1000, "hand": 3000}
"""How many steps each way makes in half a minute or less."""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, invoke_without_command=True)
@click.option("--by", "way", type=click.Choice(list(WAYS)), default="scalars", show_default=True, help=(
    "How to compute the gradients: scalar Values, the same recorded and replayed, array nodes, or a backward pass "
    "written by hand. All give the same losses."
))  # fmt: skip
@click.option("--steps", type=click.IntRange(1), help="How many names to train on, one a step.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("out/microgpt.png"), show_default=True
)
@click.option("--seed", type=int, default=1, show_default=True, help="For the parameters and the order of the names.")
@click.pass_context
def main(context: click.Context, way: str, steps: int | None, out: Path, seed: int) -> None:
    """Train a GPT that writes names, and show where p - y stands in it.

    The loss curve goes to the file of --out.
    """
    if context.invoked_subcommand is not None:
        return
    count = STEPS[way] if steps is None else steps
    size = sum(numbers.size for numbers in model.parameters(len(CHARACTERS)).values())
    click.echo(f"A GPT of one block and {size:,} parameters; {count} names, one a step; gradients by: {way}")
    texts = shuffle(names(), seed)
    losses = []
    with progress_bar(count) as show, big_graph():
        for now in train(WAYS[way](), texts, count, seed):
            losses.append(now.loss)
            show(now.step, f"loss {np.mean(losses[-50:]):.3f}")
    nothing = math.log(len(CHARACTERS))
    click.echo(f"the first loss is {losses[0]:.3f}; knowing nothing is log({len(CHARACTERS)}) = {nothing:.3f}")
    click.echo(f"the mean of the last {len(losses[-50:])} is {np.mean(losses[-50:]):.3f}")
    click.echo(f"it makes up: {', '.join(sample(now.parameters))}\n")
    click.echo(p_minus_y(now.parameters, "emma"))
    what = "the loss of each name as a point, and the mean of fifty of them, falling from log(27), as a line"
    try:
        told = draw_or_describe(lambda: draw(losses, f"A GPT by {way}: {count} names", out), out, what)
    except OSError as error:
        sys.exit(f"cannot write {out}: {error.strerror or error}")
    click.echo(f"\n{told}")


def p_minus_y(parameters: dict[str, np.ndarray], name: str) -> str:
    """Return the top of the backward pass for one name, as a table: a row a position."""
    text = tokens(name)
    x = model.build_nodes(parameters, text[:-1], text[1:])
    x.loss.backward()
    others = x.probs.shape[1] - 1
    lines = [
        f"The gradient of the logits is (p - y)/{x.T}, at every position of '.{name}.':",
        f"  {'read':<{len(name) + 1}}  next  p(next)  (p - y)/{x.T} there  on the other {others}  by autodiff",
    ]
    for t, target in enumerate(text[1:]):
        p = x.probs.data[t]
        there, elsewhere = (p[target] - 1.0) / x.T, (p.sum() - p[target]) / x.T
        lines.append(
            f"  {f'.{name}'[: t + 1]:<{len(name) + 1}}  {CHARACTERS[target]:^4}  {p[target]:7.3f}  {there:15.4f}  "
            f"{elsewhere:+15.4f}  {x.logits.grad[t][target]:11.4f}"
        )
    return "\n".join(lines)


def draw(losses: Sequence[float], title: str, path: Path) -> None:
    """Draw each step's loss as a point, and the mean of fifty as a line, as a PNG."""
    figure = new_figure(8.0, 4.8)
    axes = figure.add_subplot()
    at = np.arange(1, len(losses) + 1)
    axes.scatter(at, losses, s=9, color=MUTED, alpha=0.35, linewidths=0, label="one name")
    window = min(50, len(losses))
    means = np.convolve(losses, np.ones(window) / window, mode="valid")
    axes.plot(at[window - 1 :], means, color=ORANGE, linewidth=2.4, label=f"mean of {window}")
    axes.axhline(
        math.log(len(CHARACTERS)), color=INK, linewidth=1.0, linestyle="dashed", label="log(27): knowing nothing"
    )
    axes.set_title(title, loc="left", color=INK, fontsize=15, fontweight="bold", pad=12)
    axes.set_xlabel("step", color=MUTED)
    axes.set_ylabel("loss", color=MUTED)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(length=0, labelsize=9, labelcolor=MUTED)
    axes.legend(frameon=False, fontsize=10, labelcolor=INK)
    save_png(figure, path)


for command in commands(COURSE):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="python -m handgrad.demos.microgpt")
