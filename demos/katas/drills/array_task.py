"""A drill of arrays as it is asked: the answer is an expression in their names, judged as a kata is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click
import numpy as np

from handgrad import Comparison, Status, Value, compare, gradients
from handgrad.number import show as show_number
from handgrad.verdict.array_result import ArrayResult
from handgrad.viz.sheet.expression import ExpressionError, ShapesError
from handgrad.viz.sheet.known import Known
from handgrad.viz.sheet.line import evaluate_line, is_line

from ..terminal.narrow import narrow_line
from ..terminal.views import console
from .array_drill import ArrayDrill
from .asking import DRAW, SHOW, Question, wrap
from .edits import find_edit
from .number_task import NumberTask
from .outcome import Outcome

NO_BREAK = "\N{NO-BREAK SPACE}"
MOST_ROWS = 6
"""So many arrays are listed one a row."""


class ArrayTask:
    """A drill with the gradient of its result filled in.

    Attributes:
        questions: one an array that is asked for, in backward order.
    """

    intro = (
        "Type each gradient as you would in NumPy, in the names of the arrays: dy * w, x.T @ dy, dy.sum(0). "
        f"Enter helps, {DRAW} draws the graph, {SHOW} shows one way to write it, q ends."
    )
    how = (
        "An expression: + - * / ** @, .T, .sum(0), .mean(1, keepdims=True), .max, .reshape, x[:, None], np.exp, "
        "np.where, np.eye, np.zeros_like and the like; dy or y.grad is a gradient that is there. A whole line goes "
        f"too: dx[1:] = dy begins with zeros. Enter helps, {DRAW} draws the graph, {SHOW} shows one way to write it "
        "and goes on, q ends."
    )

    def __init__(self, drill: ArrayDrill) -> None:
        self.drill, self.truth = drill, gradients(drill.root)
        if drill.asked and not drill.named[drill.asked[0]].shape:
            self.intro, self.how = NumberTask.intro, NumberTask.how
        self.known = _Names(dict(drill.named), None, dict(drill.more))
        self.questions: Sequence[Question] = [ArrayQuestion(self, name) for name in drill.asked]

    def show(self) -> None:
        """Print the arrays and how they are made."""
        drill = self.drill
        widest = max(map(len, drill.shapes), default=0)
        if len(drill.shapes) > MOST_ROWS:
            # A blank that is none keeps a shape in one line.
            shapes = [f"{name} {shape}".replace(" ", NO_BREAK) for name, shape in drill.shapes.items()]
            click.echo(wrap("   ".join(shapes), "    ").replace(NO_BREAK, " "))
        else:
            for name, shape in drill.shapes.items():
                click.echo(f"    {name:<{widest}}  {shape}")
        click.echo()
        for line in drill.forward:
            for part in narrow_line(line, console().width - 5):
                click.echo(f"    {part}")
        if drill.filled:
            click.echo()
        for line in drill.filled:
            click.echo(f"    {line}")

    def compare(self) -> Comparison:
        """Return what there is to draw."""
        names = [*self.drill.given, *self.drill.asked]
        return compare(self.drill.root, nodes=[self.drill.named[name] for name in names])


class _Names(Known):
    """The names of a drill; a gradient that is neither given nor answered by now goes without."""

    def grad(self, name: str) -> Any:
        node = self.node(name)
        if node is not None and self.upstream(node) is None:
            raise ExpressionError(f"The gradient of {name} is not given here: you can do without it.", "")
        return super().grad(name)


class ArrayQuestion:
    """The gradient of one array of a drill."""

    thing = "way"

    def __init__(self, task: ArrayTask, name: str) -> None:
        self._task, self.name = task, name
        self.node = task.drill.named[name]
        self.prompt = f"    d{name} = " if self.node.shape else f"    {name}.grad = "

    @property
    def helps(self) -> Sequence[list[str]]:
        """The levels of help: its shape, one entry, what comes back from all of them."""
        drill, name = self._task.drill, self.name
        if not self.node.shape:
            return (["Each use passes back its upstream gradient times the local derivative, and all that adds up."],)
        first = [f"d{name} has the shape of {name}, {self.node.shape}. What is there: {self._given_shapes()}."]
        if not drill.entry:
            return [first]
        return first, [f"{entry}." for entry in drill.entry.split("; ")], [
            f"Take one entry of {name}: in which entries of the result is it, and how fast does each of them move with "
            "it? Times the upstream gradient of each, summed over all of them: that is its gradient. Now write it for "
            "all entries at once."
        ]  # fmt: skip

    def judge(self, text: str) -> Outcome:
        """Judge an expression by the verdict on the drill's graph.

        Raises:
            ExpressionError: it has no value.
        """
        try:
            value = self._evaluate(text)
        except ShapesError as error:
            edit = find_edit(text, self._is_right, tuple(self._task.drill.named))
            return Outcome(False, f"{error} {edit}" if edit else str(error))
        result = self._result(value)
        if result.status is Status.CORRECT:
            self.node.grad = value
            return Outcome(True, "Right.")
        return Outcome(False, self._describe_mistake(text, result))

    def show(self) -> str:
        """Fill in what is right, and return one way to write it."""
        self.node.grad = self._task.truth[self.node]
        answer = self._task.drill.answers.get(self.name, "")
        if not answer:
            filled = f"It is filled in now. {self._task.drill.source}".strip()
            return filled if self.node.shape else f"It is {show_number(self.node.grad)}."
        if not self._is_right(answer):
            return f"The kata's solution has: {answer}"
        return f"One way: {answer}" if is_line(answer) else f"One way: d{self.name} = {answer}"

    def _given_shapes(self) -> str:
        drill = self._task.drill
        named = {f"d{name}": drill.named[name] for name in drill.named if drill.named[name].grad is not None}
        named |= {name: node for name, node in drill.named.items() if name != self.name}
        return ", ".join(f"{name} {node.shape}" for name, node in named.items() if node.shape)

    def _list_names(self) -> str:
        """Return a sentence on what may be typed."""
        drill = self._task.drill
        known = [
            *(f"d{name}" for name, node in drill.named.items() if node.grad is not None and node.shape),
            *drill.shapes,
        ]
        sizes = [name for name, thing in drill.more.items() if isinstance(thing, float) and name not in known]
        return f"Type an expression in these names: {', '.join([*known, *sizes])}."

    def _evaluate(self, text: str) -> Any:
        try:
            return evaluate_line(text, self._task.known, self.name, self.node.shape)
        except ExpressionError as error:
            if str(error) == error.problem or not self.node.shape:
                raise
            raise ExpressionError(error.problem, self._list_names()) from None

    def _result(self, value: Any) -> Any:
        """Return the verdict on a value; afterwards nothing is filled in."""
        drill = self._task.drill
        nodes: list[Value] = [drill.named[name] for name in drill.given]
        self.node.grad = value
        try:
            return compare(drill.root, nodes=[*nodes, self.node], rtol=drill.rtol)[self.node]
        finally:
            self.node.grad = None

    def _is_right(self, text: str) -> bool:
        """Return whether a text gives the true gradient: quicker than a verdict, where many are tried."""
        try:
            value, truth = self._evaluate(text), self._task.truth[self.node]
        except ExpressionError:
            return False
        return np.shape(value) == np.shape(truth) and bool(np.allclose(value, truth, self._task.drill.rtol, 0.0))

    def _describe_mistake(self, text: str, result: ArrayResult) -> str:
        """Describe what a wrong answer looks like: by its slip, or by the edit that makes it right."""
        slip = result.slip
        if slip is not None and slip.kind not in ("shape", "factor"):
            return slip.message
        edit = find_edit(text, self._is_right, tuple(self._task.drill.named))
        if edit is None:
            return slip.message if slip is not None else f"d{self.name}: no."
        return edit if slip is None else f"{slip.message.partition('. ')[0]}. {edit}"
