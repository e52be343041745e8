"""The ranking of mistakes, and which kinds only say another one again: two tables.

Both are learnt from slips that people make (see tests/engine/slips): where two mistakes give the same numbers, the one
that was made more often stands first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from .softmax_rows import row_of

if TYPE_CHECKING:
    from .candidates import Candidate
    from .neighborhood import Neighborhood


class Detector(NamedTuple):
    """A kind of mistake, by the module of this room that makes its candidates: loaded when it is first tried.

    Attributes:
        module, name: of the function (region) -> candidates.
        applies_to: whether it is for "any" gradient, for "arrays", for one "number" alone, or for "rows" of a softmax.
        subsumes: kinds that its candidates only say again, besides those of `SUBSUMED`.
        is_weak: whether what it says is a measure more than a cause, and a cause is looked for further up.
    """

    module: str
    name: str
    applies_to: str = "any"
    subsumes: frozenset[str] = frozenset()
    is_weak: bool = False

    def candidates(self, region: Neighborhood) -> Iterator[Candidate]:
        is_fit = {
            "any": True,
            "arrays": region.arithmetic.is_of_arrays,
            "number": region.is_of_one_number,
            "rows": region.arithmetic.is_of_arrays or (self.applies_to == "rows" and region.cached(row_of) is not None),
        }[self.applies_to]
        return self.function()(region) if is_fit else iter(())

    def function(self) -> Callable[[Neighborhood], Iterator[Candidate]]:
        """Return what makes its candidates."""
        function: Callable[[Neighborhood], Iterator[Candidate]] = load(self.module, self.name)
        return function


@cache
def load(module: str, name: str) -> Any:
    """Return a function of this room, whose module may need NumPy: it is loaded when it is first asked for."""
    return getattr(import_module(f".{module}", __package__), name)


_FACTORS = frozenset({"factor", "double", "forgot-local", "forgot-upstream"})
_ANOTHER_PATH = _FACTORS | {"sign", "not-summed", "wrong-axis", "one-hot", "not-broadcast", "wrong-upstream"}

# fmt: off
SUBSUMED: dict[str, frozenset[str]] = {
    "sign":            _FACTORS | {"rule", "swapped", "one-hot"},
    "missing-path":    _ANOTHER_PATH,
    "factor":          _FACTORS | {"rule", "wrong-upstream"},
    "double":          _FACTORS,
    "one-hot":         _FACTORS | {"missing-path", "sign", "rule", "swapped", "wrong-axis", "not-summed"},
    "forgot-local":    _FACTORS | {"rule", "wrong-upstream"},
    "forgot-upstream": _FACTORS | {"rule"},
    "rule":            _FACTORS,
    "swapped":         _FACTORS,
    "not-summed":      _FACTORS | {"missing-path", "not-broadcast"},
    "wrong-axis":      _FACTORS | {"not-summed", "transposed"},
    "not-broadcast":   _FACTORS | {"missing-path"},
    "transposed":      _FACTORS | {"wrong-axis", "swapped"},
    "wrong-upstream":  _FACTORS | {"missing-path"},
}
"""Which kinds a kind restates where the numbers are many: they are no rivals, and are not told beside it."""

LIKELY: tuple[Detector, ...] = (
    Detector("local_derivatives", "minus_of_the_other_operand", "number"),
    Detector("scale", "whole_missing_or_flipped"),
    Detector("linear", "wrong_targets", "arrays"),
    Detector("softmax", "cross_entropy_mistakes", "rows", frozenset(SUBSUMED)),
    Detector("layers.found", "layer_mistakes", "arrays", _ANOTHER_PATH | {"rule", "swapped", "transposed"}),
    Detector("softmax", "logsumexp_mistakes", "rows", _ANOTHER_PATH),
    Detector("paths", "missing_contributions"),
    Detector("linear", "wrong_entries", "arrays"),
    Detector("linear", "wrong_sums", "arrays"),
    Detector("linear", "wrong_moves", "arrays"),
    Detector("linear", "exchanged", "arrays"),
    Detector("linear", "wrong_products", "arrays"),
    Detector("linear", "wrong_einsum", "arrays"),
    Detector("scale", "constants_left_out", "number", frozenset({"forgot-local", "forgot-upstream"})),
    Detector("substitutions", "indices_exchanged", "number"),
    Detector("local_derivatives", "wrong_local_derivatives"),
    Detector("substitutions", "local_left_out"),
    Detector("substitutions", "upstream_left_out"),
    Detector("substitutions", "data_and_gradient_exchanged", "number"),
    Detector("substitutions", "factor_in_all_or_at_a_use", "arrays"),
    Detector("substitutions", "another_gradient"),
    Detector("paths", "zero_written", "number"),
    Detector("paths", "too_early_or_often"),
    Detector("scale", "simple_factors_anywhere", is_weak=True),
    Detector("layers.found", "layer_means", "arrays", frozenset({"rule", "wrong-upstream"}), is_weak=True),
)
"""The ranking. Of each kind of slip the first candidate that gives the numbers is told."""

LAST: tuple[Detector, ...] = (
    Detector("paths", "multiplied_uses"),
    Detector("formula", "lost_brackets", "arrays", _ANOTHER_PATH),
    Detector("substitutions", "data_for_a_gradient"),
    Detector("softmax", "cross_entropy_without_mean", "rows"),
    Detector("substitutions", "wrong_operand", "number"),
    Detector("compound", "compound_mistakes"),
    Detector("substitutions", "added"),
    Detector("substitutions", "a_step_on", "arrays"),
    Detector("linear", "exchanged_blocks", "arrays", _ANOTHER_PATH),
    Detector("substitutions", "another_factor", "arrays"),
    Detector("substitutions", "factor_in_a_part", "arrays"),
    Detector("linear", "entry_by_entry_only", "arrays"),
    Detector("linear", "turned_round", "arrays", _ANOTHER_PATH),
    Detector("linear", "shuffled_entries", "arrays"),
    Detector("scale", "one_factor_for_all", "arrays"),
)
"""What costs more, or fits much by chance: for where nothing else fits."""

READ: tuple[Detector, ...] = (Detector("formula", "formula_mistakes", "arrays"),)
"""Where no table knows the numbers."""
# fmt: on

OF_ONE_NUMBER = frozenset({"factor", "double"})
"""The same of a single number, where any two mistakes may meet by chance: both are told, but for a plain factor."""
