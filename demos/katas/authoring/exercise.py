"""A comparison as a kata: the part of its graph between the first mistake and the root, to fill in by hand."""

from __future__ import annotations

import contextlib
import json
import keyword
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from handgrad import Comparison, HandgradError, Value, compare, manual
from handgrad.arrays import array, label
from handgrad.graph import topological_order
from handgrad.names import listed

from ...files import write_whole
from .new_kata import KataNameError, name_problem
from .rules import NoCodeError, forward_code, passed_back

MOST_NODES = 40
MOST_NUMBERS = 60
SEEDS = (1, 2, 3, 4)
FEWEST_WRONG = 3


class ExerciseError(HandgradError, ValueError):
    """A comparison cannot be written as a kata."""


def write_kata(comparison: Comparison, folder: str | Path) -> Path:
    """Write the kata of a comparison into a new folder, named as the kata.

    Only what lies on the way from the first cause to the root is asked for; the numbers that flow into it from
    elsewhere are given. Of a comparison without a mistake the whole graph is asked for. The tests take other numbers
    than yours, in the same shapes.

    Args:
        comparison: of `compare`, `check_backward` or the like.

    Returns:
        The folder.

    Raises:
        KataNameError: a kata cannot be called that, or there is something in the folder.
        ExerciseError: the graph is too large, or an operation in it cannot be written down.
    """
    folder = Path(folder)
    problem = name_problem(folder.name)
    if problem:
        raise KataNameError(f"{problem} Give another folder.")
    if folder.exists() and any(folder.iterdir()):
        raise KataNameError(f"there is something in {folder} already, and it is left alone. Give another folder.")
    files = _Exercise(comparison, folder.name).files()
    for path, text in files.items():
        write_whole(folder / path, text.encode("utf-8"), scratch=folder)
    return folder


class _Exercise:
    """The texts of a kata."""

    def __init__(self, comparison: Comparison, name: str) -> None:
        self._comparison, self._kata = comparison, name
        self._root = comparison.root
        order = topological_order(self._root)
        causes = comparison.causes
        self._cause: Value | None = causes[0].node if causes else None
        self._source = causes[0].source if causes else None
        self._asked = _nodes_above(order, self._cause)
        if len(self._asked) > MOST_NODES:
            raise ExerciseError(
                f"between {comparison.names[self._cause or order[0]]} and {comparison.names[self._root]} lie "
                f"{len(self._asked)} nodes, and an exercise has at most {MOST_NODES}. Compare a smaller graph."
            )
        inner = set(self._asked)
        outside = [o for node in self._asked if node is not self._cause for o in node.operands if o not in inner]
        if self._cause is None:
            outside = [node for node in outside if node.is_constant]
        self._given = [node for node in dict.fromkeys(outside) if not _is_literal(node)]
        if self._cause is not None and self._cause not in self._given:
            self._given.insert(0, self._cause)
        self._starts = list(dict.fromkeys([*self._given, *(n for n in self._asked if n.is_leaf)]))
        self._names = _identifiers(comparison, [*self._starts, *self._asked])
        self._is_near = False

    def files(self) -> dict[str, str]:
        """Return the text of each file, by its path in the folder."""
        try:
            self._gradients = {node: self._gradient(node) for node in reversed(self._asked)}
            forward = self._forward()
        except NoCodeError as error:
            raise ExerciseError(f"'{error}' cannot be written as a line of an exercise.") from None
        try:
            self._check(forward)
        except (HandgradError, ArithmeticError):
            self._is_near = True  # the operations have no value on any numbers: take some beside those of the graph
            self._check(forward)
        wrong = dict(self._wrong_answers(forward))
        if len(wrong) < FEWEST_WRONG:
            raise ExerciseError("its tests would not tell the usual mistakes apart.")
        return {
            f"{self._kata}.py": self._stub(forward),
            "kata.md": self._statement(forward),
            f"test_{self._kata}.py": self._test(forward),
            "solution.py": self._solution({}),
            "hints.md": self._hints(),
            "wrong.toml": "\n".join(wrong.values()),
        }

    def _operands(self, node: Value) -> list[str]:
        return [
            repr(float(operand.data)) if _is_literal(operand) else self._names[operand] for operand in node.operands
        ]

    def _forward(self) -> list[tuple[str, str]]:
        """Return the name and the expression of each node that is computed."""
        computed = [node for node in self._asked if node not in self._starts]
        return [(self._names[node], forward_code(node, self._operands(node))) for node in computed]

    def _gradient(self, node: Value) -> str:
        """Return the right-hand side of the line for a node."""
        if node is self._root:
            return "1.0"
        parts = []
        for consumer in reversed(self._asked):
            for place, operand in enumerate(consumer.operands if consumer is not self._cause else ()):
                if operand is node:
                    of = f"g.{self._names[consumer]}"
                    numbers = [
                        text if _is_literal(one) else f"g.{text}.data"
                        for text, one in zip(self._operands(consumer), consumer.operands)
                    ]
                    parts.append(passed_back(consumer, place, f"{of}.grad", f"{of}.data", numbers))
        return " + ".join(parts)

    def _numbers(self, node: Value) -> str:
        """Return what draws numbers for a node that is given."""
        data = np.asarray(node.data, dtype=float)
        if self._is_near or not data.shape:
            shown = np.round(data, 4).tolist()
            return (
                f"np.multiply({shown}, rng.uniform(0.9, 1.1, {data.shape}))" if data.shape else _draw_near(float(data))
            )
        if bool(np.isin(data, (0.0, 1.0)).all()):
            return f"(rng.random({data.shape}) > 0.5) * 1.0"
        if (data > 0.0).all():
            top = float(min(data.max(), 4.0))
            return f"rng.uniform({0.2 * top:.3g}, {top:.3g}, {data.shape})"
        return f"rng.normal(0.0, {min(max(float(data.std()), 0.3), 3.0):.3g}, {data.shape})"

    def _build(self, forward: Sequence[tuple[str, str]]) -> str:
        """Return the function of the tests that makes the graph."""
        lines = [
            "def build(seed):",
            '    """The graph on other numbers, in manual mode."""',
            "    rng = np.random.default_rng(seed)",
        ]
        lines.append("    with manual():")
        for node in self._starts:
            name = self._names[node]
            lines.append(f'        {name} = array({self._numbers(node)}, "{name}")')
        for name, code in forward:
            lines.append(f'        {name} = label({code}, "{name}")')
        names = [self._names[node] for node in dict.fromkeys([*self._starts, *self._asked])]
        lines.append(f"    return SimpleNamespace({', '.join(f'{name}={name}' for name in names)})")
        return "\n".join(lines)

    def _check(self, forward: Sequence[tuple[str, str]]) -> None:
        """Check that the solution is right on the numbers of the tests.

        Raises:
            ExerciseError: it is not.
        """
        for seed in SEEDS:
            if not self._judge(self._solution({}), forward, seed).ok:
                raise ExerciseError("its operations are of a kind that cannot be written down line by line.")

    def _judge(self, answer: str, forward: Sequence[tuple[str, str]], seed: int) -> Comparison:
        space: dict[str, Any] = {
            "np": np, "array": array, "label": label, "manual": manual, "SimpleNamespace": SimpleNamespace,
        }  # fmt: skip
        exec(self._build(forward), space)
        graph = space["build"](seed)
        exec(answer, space)
        space[self._kata](graph)
        asked = [getattr(graph, self._names[node]) for node in self._asked]
        return compare(getattr(graph, self._names[self._root]), nodes=asked)

    def _wrong_answers(self, forward: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield the names and tables of wrong answers with a usual mistake."""
        first = self._cause if self._cause is not None and self._cause is not self._root else None
        nodes = [node for node in (first, *reversed(self._asked)) if node is not None]
        kinds = (("minus", "-({})"), ("twice", "2 * ({})"), ("nothing", "0 * ({})"), ("thrice", "3 * ({})"))
        made = 0
        for node in dict.fromkeys(nodes):
            for word, pattern in kinds:
                wrong = pattern.format(self._gradients[node])
                answer = self._solution({node: wrong})
                slip = None
                with contextlib.suppress(HandgradError, ArithmeticError):
                    causes = self._judge(answer, forward, SEEDS[0]).causes
                    slip = causes[0].slip if causes else None
                if slip is not None:
                    made += 1
                    name, line = f"{self._names[node].lower()}_{word}", f"g.{self._names[node]}.grad = "
                    texts = {"says": slip.message, "replace": line + self._gradients[node], "with": line + wrong}
                    yield name, f"[{name}]\n" + "".join(f"{key} = {_toml(text)}\n" for key, text in texts.items())
            if made >= FEWEST_WRONG:
                return

    def _solution(self, changed: dict[Value, str]) -> str:
        lines = ['"""One possible way."""', "", "import numpy as np", "", "", f"def {self._kata}(g):"]
        for node in reversed(self._asked):
            if node is self._cause and not changed:
                lines.append("    # Here was the mistake.")
            lines.append(f"    g.{self._names[node]}.grad = {changed.get(node, self._gradients[node])}")
        text = "\n".join(lines) + "\n"
        return (
            text
            if "np." in "\n".join(lines[1:]).replace("import numpy as np", "")
            else text.replace("import numpy as np\n\n\n", "")
        )

    def _stub(self, forward: Sequence[tuple[str, str]]) -> str:
        listed_code = "\n".join(f"        {name} = {code}" for name, code in forward)
        asked = listed([f"g.{self._names[node]}" for node in reversed(self._asked)])
        return (
            f'"""Backward to {self._title_end}."""\n\n\n'
            f"def {self._kata}(g) -> None:\n"
            '    """Fill in the grad of each node that is asked for.\n\n'
            f"    Forward:\n\n{listed_code}\n\n"
            "    Args:\n"
            "        g: the nodes by their names: g.x.data are the numbers of x, and g.x.grad is to be filled in.\n"
            '    """\n'
            f"    # TODO: fill in the grad of {asked}, from the output back.\n"
        )

    @property
    def _title_end(self) -> str:
        return self._names[self._cause] if self._cause is not None else "every node"

    def _statement(self, forward: Sequence[tuple[str, str]]) -> str:
        lines = "\n".join(f"    {name} = {code}" for name, code in forward)
        given = listed([self._names[node] for node in self._starts])
        root = self._names[self._root]
        begins, why = "", "whoever can fill in a graph can train it."
        asked = f"every node, from `{root}` back to the leaves"
        if self._cause is not None:
            begins = "A backward pass went wrong here. "
            asked = f"every node on the way from `{root}` back to `{self._title_end}`"
            why = "the line that was wrong once is the one to be able to write in one's sleep."
        if self._cause is self._root:
            asked = f"`{root}`, where backward starts"
        where = ""
        if self._source is not None:
            where = f"\nThe mistake was once made in this line:\n\n    {self._source[2]}\n"
        return (
            f"# Back to {self._title_end}\n\n"
            f"{begins}Given are the numbers of {given}. Forward:\n\n{lines}\n{where}\n"
            f"**Do:** in `{self._kata}.py`, fill in the `grad` of {asked}.\n\n"
            f"Why it matters: {why}\n"
        )

    def _test(self, forward: Sequence[tuple[str, str]]) -> str:
        asked = ", ".join(f"g.{self._names[node]}" for node in self._asked)
        return (
            f'"""{self._title_end} and what lies on the way to it, on other numbers."""\n\n'
            "from types import SimpleNamespace\n\nimport numpy as np\nimport pytest\n"
            f"from {self._kata} import {self._kata}\n\n"
            "from handgrad import manual\nfrom handgrad.arrays import array, label\n"
            "from handgrad.demos.katas.checking import by_hand, check_gradients\n\n\n"
            f"{self._build(forward)}\n\n\n"
            f'@pytest.mark.parametrize("seed", {SEEDS})\n'
            "def test_every_gradient_is_right(seed):\n"
            "    g = build(seed)\n"
            "    with by_hand():\n"
            f"        {self._kata}(g)\n"
            f"    asked = [{asked}]\n"
            f'    check_gradients(g.{self._names[self._root]}, nodes=asked, call="{self._kata}(g)")\n'
        )

    def _hints(self) -> str:
        node = self._cause if self._cause is not None else self._asked[0]
        name = self._names[node]
        if node is self._root:
            return (
                f"## 1\n\nWhat comes before `{name}` on the way back?\n\n"
                f"## 2\n\nBackward starts at `{name}`. How much does `{name}` change when `{name}` changes by 1?\n\n"
                f"## 3\n\nThe gradient of `{name}` is that of `{name}` with respect to itself.\n"
            )
        uses = [c for c in self._asked if c is not self._cause and node in c.operands]
        consumers = listed([f"`{self._names[c]}`" for c in uses]) if uses else "nothing"
        rules = [
            f"'{c.op}' passes back: {c.op.rule[min(place, len(c.op.rule) - 1)]}"
            for c in uses
            for place, operand in enumerate(c.operands)
            if operand is node and c.op is not None and c.op.rule
        ]
        return (
            f"## 1\n\nWhich nodes use `{name}`, and how often? What arrives at each of them?\n\n"
            f"## 2\n\n`{name}` is used by {consumers}. {'; '.join(rules) or 'Each use passes something back'}. "
            "What comes from several uses adds up.\n\n"
            f"## 3\n\nWrite down the upstream gradient of {consumers} first. What is it multiplied by, and in which "
            f"shape must the result be, for `{name}`?\n"
        )


def _nodes_above(order: Sequence[Value], cause: Value | None) -> list[Value]:
    """Return the nodes from a cause up to the root, in topological order; without one, all."""
    if cause is None:
        return [node for node in order if not node.is_constant]
    found = {cause}
    for node in order:
        if any(operand in found for operand in node.operands):
            found.add(node)
    return [node for node in order if node in found]


def _is_literal(node: Value) -> bool:
    """Return whether it is a bare number of an expression."""
    return node.is_constant and not node.shape


def _toml(text: str) -> str:
    """Return a string of TOML's: JSON's, but that it may hold any character."""
    return json.dumps(text, ensure_ascii=False)


def _draw_near(number: float) -> str:
    return f"float({number:.6g} * rng.uniform(0.8, 1.25))" if number else "float(rng.uniform(0.2, 0.6))"


def _identifiers(comparison: Comparison, nodes: Sequence[Value]) -> dict[Value, str]:
    """Return a name that Python takes for each node: its own if possible."""
    names: dict[Value, str] = {}
    taken = {"np", "rng", "array", "label", "manual", "seed", "g", "build"}
    for node in dict.fromkeys(nodes):
        plain = re.sub(r"\W+", "_", comparison.names[node]).strip("_") if node.label else ""
        base = plain if plain.isidentifier() and not keyword.iskeyword(plain) else "n"
        name, number = base, 1
        while name in taken:
            number += 1
            name = f"{base}{number}"
        names[node] = name
        taken.add(name)
    return names
