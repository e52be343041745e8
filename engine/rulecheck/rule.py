"""A rule on its own, whoever wrote it: what it passes back, and the forward that it belongs to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

OUTPUT, UPSTREAM = -1, -2
"""As places in `Answer.changed`: the output's numbers, and those of the upstream gradient."""


class Answer(NamedTuple):
    """What a rule has given.

    Attributes:
        given: for each input what it passes back, None for nothing; of two that are one, the first has it. Where
            something stood in the inputs' gradients before, what stands there now.
        changed: the places of the inputs whose numbers it has changed on the way, `OUTPUT` or `UPSTREAM`.
        writes: whether it writes to the inputs' gradients itself, and so has to add to what stands there.
        is_coarse: whether it was computed in less than double precision.
    """

    given: Sequence[Any]
    changed: Sequence[int] = ()
    writes: bool = False
    is_coarse: bool = False


@dataclass(frozen=True)
class Rule:
    """A rule, at the point where it is asked; its amounts are floats, or arrays of double precision.

    Attributes:
        name: what the operation is called.
        inputs: what goes in.
        output: what comes out.
        pull: (upstream gradient, what stands in the inputs' gradients, None for nothing) -> what it gives.
        forward: what comes out of other inputs; None where it cannot be run again.
        names: what the inputs are called in sentences.
        unasked: the places of the inputs that want no gradient.
        twins: of an input that is the same as one before it, by its place, the place of that.
        is_entrywise: whether each entry of the output depends on that of the input alone.
    """

    name: str
    inputs: Sequence[Any]
    output: Any
    pull: Callable[[Any, Sequence[Any] | None], Answer]
    forward: Callable[[Sequence[Any]], Any] | None = None
    names: Sequence[str] = ()
    unasked: frozenset[int] = frozenset()
    twins: Mapping[int, int] = field(default_factory=dict)
    is_entrywise: bool = False

    def vary_input(self, place: int) -> Callable[[Any], Any]:
        """Return the output as a function of one input."""
        forward = self.forward
        assert forward is not None
        return lambda x: forward([*self.inputs[:place], x, *self.inputs[place + 1 :]])
