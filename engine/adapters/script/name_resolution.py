"""What the gradients of a script may be of."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .candidates import Loss
from .guess import Seed
from .lift import Lift
from .losses import Meant

OUTPUT, TARGET = "output_", "target_"
"""What both sides of a difference are called."""


@dataclass(frozen=True)
class Meaning:
    """What the gradients may be of: a loss of the script, or one that begins with its difference.

    Attributes:
        loss: of the script; None for none.
        seed: the difference; None where it is the script's loss that is meant.
        meant: which loss of it.
        is_shared: whether that, or what a loop computes again and again, is divided by the number of examples.
    """

    loss: Loss | None
    seed: Seed | None = None
    meant: Meant | None = None
    is_shared: bool = False

    @property
    def lifts(self) -> list[Lift]:
        """Return what of it has no name in the script."""
        if self.seed is None:
            return [] if self.loss is None or self.loss.lift is None else [self.loss.lift]
        sides = ((OUTPUT, self.seed.output), (TARGET, self.seed.target))
        return [Lift(name, value, self.seed.at, self.seed.generators) for name, value in sides]

    @property
    def goals(self) -> list[str]:
        """Return the names that it is computed from."""
        return [one.name for one in self.lifts] or ([] if self.loss is None else [self.loss.name])

    def of(self, names: Mapping[str, Any]) -> Any:
        """Return the loss; None where the numbers cannot be those of one like it.

        Args:
            names: what the forward has left.
        """
        if self.seed is None or self.meant is None:
            return self._own(names)
        sides = [names[name] for name in (OUTPUT, TARGET)]
        is_many = isinstance(sides[0], list)
        pairs = list(zip(*sides)) if is_many else [(sides[0], sides[1])]
        for output, target in pairs:
            if np.shape(output) != np.shape(np.asarray(output) - np.asarray(target)):
                return None
            if not self.meant.is_of(np.asarray(output), np.asarray(target)):
                return None
        count = len(pairs) if is_many else (np.shape(sides[0]) or (1,))[0]
        if not count or (self.is_shared and count == 1):
            return None
        total = sum(self.meant.of(output, target) for output, target in pairs)
        return self.seed.sign * total / (count if self.is_shared else 1)

    def _own(self, names: Mapping[str, Any]) -> Any:
        assert self.loss is not None
        value = names.get(self.loss.name)
        values: list[Any] = value if self.loss.lift is not None and isinstance(value, list) else [value]
        if not values or any(one is None or np.size(one) != 1 for one in values):
            return None
        if self.is_shared and len(values) == 1:
            return None
        return sum(np.sum(one) for one in values) / (len(values) if self.is_shared else 1)

    def said(self, body: Sequence[ast.stmt], *, is_right: bool) -> str:
        """Return what was taken for the loss, where no name says it.

        "" where one does.

        Args:
            body: of the loop.
            is_right: whether the gradients are those of it.
        """
        loss = self.loss
        if self.seed is None or self.meant is None:
            assert loss is not None
            mean = "the mean of " if self.is_shared else ""
            said = f"{mean}{loss.text} (line {loss.line}) was taken for the loss. --loss names another."
            return "" if loss.is_said else f"{said[0].upper()}{said[1:]}" if mean else said
        output, target = ast.unparse(self.seed.output), ast.unparse(self.seed.target)
        said = self.meant.said.format(output=output, target=target)
        is_many = self.seed.at not in body or bool(self.seed.generators)
        ends = [*(["of all examples together"] if is_many else []), *(["divided by their number"] * self.is_shared)]
        whole = ", ".join([said, *ends])
        if loss is not None and is_right:
            return f"The gradients are those of {whole}, and not of {loss.text} (line {loss.line})."
        downhill = f" As {ast.unparse(self.seed.node)} has it, they point downhill." if self.seed.sign < 0 else ""
        if loss is not None:
            none, it = f"The gradients are not those of {loss.text} (line {loss.line})", "the loss"
        else:
            none, it = "The script computes no loss", "it"
        return f"{none}: {whole}{',' if ends else ''} was taken for {it}.{downhill} --loss names another."
