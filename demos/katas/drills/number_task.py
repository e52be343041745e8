"""A drill of numbers as it is asked: typed as a number or a sum, judged as far as the screen determines it."""

from __future__ import annotations

from collections.abc import Sequence

import click

from handgrad import Comparison, Value, compare, gradients
from handgrad.number import show
from handgrad.viz.sheet.expression import evaluate
from handgrad.viz.sheet.known import Known, check_shape

from .asking import DRAW, SHOW
from .drill import Drill
from .help import factor, help_with
from .outcome import Outcome
from .shown import is_right, slacks


class NumberTask:
    """A drill with the gradient of its root filled in.

    Attributes:
        questions: one a node that is asked for, in backward order.
    """

    intro = (
        "Type each gradient as a number or a sum: -6, -2*3, 1/4, L.grad*b. "
        f"Enter helps, {DRAW} draws the graph, {SHOW} shows the number, q ends."
    )
    how = (
        "A number or a sum: -6, -2*3, 1/4; names too: b is its number, L.grad a gradient that is there. Enter helps, "
        f"{DRAW} draws the graph, {SHOW} shows the number and goes on, q ends."
    )

    def __init__(self, drill: Drill) -> None:
        self.drill, self.truth = drill, gradients(drill.root)
        drill.root.grad = 1.0
        nodes = {node.label: node for node in (*drill.leaves, *(node for node, _ in drill.steps))}
        self.known = Known(nodes)
        self.questions: Sequence[NumberQuestion] = [NumberQuestion(self, node) for node in drill.asked]

    def show(self) -> None:
        """Print the drill's numbers, and the gradient of its root."""
        drill = self.drill
        click.echo("    " + "    ".join(f"{leaf.label} = {show(leaf.data)}" for leaf in drill.leaves))
        widest = max(len(text) for _, text in drill.steps)
        for node, text in drill.steps:
            click.echo(f"    {node.label} = {text:<{widest}}   = {show(node.data)}")
        click.echo(f"\n    {drill.root.label}.grad = 1")

    def compare(self) -> Comparison:
        """Return what there is to draw."""
        return compare(self.drill.root, nodes=self.drill.backward_order)


class NumberQuestion:
    """The gradient of one node of a drill."""

    thing = "number"

    def __init__(self, task: NumberTask, node: Value) -> None:
        self._task, self.node = task, node
        self.prompt = f"    {node.label}.grad = "

    @property
    def helps(self) -> Sequence[list[str]]:
        """The levels of help."""
        return help_with(self._task.drill, self.node)

    def judge(self, text: str) -> Outcome:
        """Judge a number or a sum.

        Raises:
            ExpressionError: it is none.
        """
        node, drill, truth = self.node, self._task.drill, self._task.truth
        number = evaluate(text, self._task.known)
        check_shape(number, node, node.label)
        if is_right(number, truth[node], slacks(drill.backward_order, truth)[node]):
            node.grad = number
            return Outcome(True, "Right." if text == show(number) else f"Right: {show(number)}.")
        return Outcome(False, self._describe_mistake(number))

    def show(self) -> str:
        """Fill in what is right, and return a sentence that says it."""
        self.node.grad = self._task.truth[self.node]
        return f"It is {show(self.node.grad)}: {self._sum()}."

    def _describe_mistake(self, number: float) -> str:
        """Describe what a wrong answer looks like."""
        self.node.grad = number
        slip = compare(self._task.drill.root, nodes=[self.node])[self.node].slip
        self.node.grad = None
        # A factor that nothing explains is none that a drill could have: it has no means and no batches.
        return slip.message if slip and slip.kind != "factor" else f"{self.node.label}: no."

    def _sum(self) -> str:
        terms = compare(self._task.drill.root, nodes=[self.node])[self.node].terms
        return ", plus ".join(
            f"{factor(show(term.upstream))} * {factor(show(term.local))} through {term.consumer.label}"
            for term in terms
        )
