"""What runs of the backward prove, one edit after the other, on few rows where the mistake shows there too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

import numpy as np

from ...repair.deadline import Deadline
from ...repair.proof import Proof, experiment
from ...repair.trial import Numbers, Point, Subject
from ...repair.user_code import own
from ...value import Value
from ..errors import CheckError, UserCodeError
from ..sandbox import quietly
from .calling import Inputs
from .running import Run
from .state import State
from .truth import MOST_NODES_OF_LOOP, Expected

FEW, MOST_CUT = 3, 4
"""So many of a length are left; so many lengths are tried."""
LARGE = 250
"""With fewer numbers among the inputs nothing is cut."""


@dataclass(frozen=True)
class Checked:
    """What a check at one point has found out, beside its verdict.

    Attributes:
        state: everything as it was before the run.
        expected: the true gradients.
        outs: the nodes of the results, each with the gradient that arrives.
    """

    run: Run
    state: State
    expected: Expected
    outs: Sequence[tuple[Value, Any]]

    def point(self) -> Point:
        """Return the inputs at which it was checked."""
        return Point(partial(self.run.again, self.state), self.expected.is_right, frozenset(self.expected.leaves))

    def wrong(self) -> frozenset[str]:
        """Return the names of the gradients that are wrong."""
        given = {of: value for of, value in self.run.gradients() if of in self.expected.leaves}
        return frozenset(of for of, value in given.items() if not self.expected.is_right(of, value))

    def known_numbers(self) -> Iterator[Numbers]:
        """Yield what is true of the forward."""
        for value in self.run.upstream:
            yield Numbers("gradient", "upstream", np.asarray(value, dtype=float))
        yield from self.expected.known_numbers()


def prove(
    checked: Checked,
    elsewhere: Callable[[], Iterable[Checked]],
    deadline: Deadline,
    *,
    quick: bool = False,
    whole: Checked | None = None,
) -> Proof:
    """Return what runs of a backward show of it, where it was checked or, in less time, on few rows of the whole."""
    is_long = whole is not None and len(whole.expected.chain.order) > MOST_NODES_OF_LOOP
    expected, forward, backward = checked.expected, checked.run.done_before, checked.run.done
    subject = Subject(
        functions=list(own(checked.state.functions)),
        here=checked.point(),
        elsewhere=lambda: (one.point() for one in chain([] if whole is None else [whole], elsewhere())),
        known=checked.known_numbers(),
        ran=frozenset(backward.lines),
        shared=frozenset(forward.functions if forward is not backward else ()),
        believes_first_write=True,
        share=expected.share,
        upstream=frozenset(backward.handed_in),
        recompute=expected.recompute,
        is_name_of=expected.is_name_of,
        shown=None if whole is None or (quick and is_long) else whole.point(),
        is_split=not checked.run.convention.is_one,
    )
    with quietly():
        found = experiment(subject, deadline, quick=quick)
    checked.state.put_back()
    return found


def smaller(whole: Checked, inputs: Inputs, check: Callable[[Inputs], Checked]) -> Checked:
    """Return what a check finds out on cut inputs, on which user code is run more often in the same time.

    Which lengths can be cut is not read from the shapes, but tried, the longest first: user code must run, and the
    same gradients must be wrong as on the whole.
    """
    found, wrong = whole, whole.wrong()
    if sum(np.size(one.value) for one in inputs.leaves) < LARGE:
        return whole
    for length in sorted((one for one in inputs.lengths if one > FEW), reverse=True)[:MOST_CUT]:
        cut = inputs.shorten(length, FEW)
        try:
            other = check(cut)
            # Whose a gradient is, is known by its place; and one may be right on the whole by being too near 0.
            is_alike = other.expected.leaves.keys() == whole.expected.leaves.keys() and _has_its_shapes(other, whole)
            if is_alike and other.wrong() >= wrong:
                found, inputs = other, cut
        except (CheckError, UserCodeError, ArithmeticError, LookupError, TypeError, ValueError):
            continue
    return found


def _has_its_shapes(cut: Checked, whole: Checked) -> bool:
    """Tell whether what has one shape on the whole has one on the cut inputs, as halves of an odd length have not."""
    orders = [one.expected.chain.order for one in (whole, cut)]
    pairs = {(one.shape, other.shape) for one, other in zip(*orders)}
    return len(orders[0]) != len(orders[1]) or len(pairs) == len({shape for shape, _ in pairs})
