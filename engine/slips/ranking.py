"""The ranking of mistakes, and which kinds only say another one again: two tables.

Both are learnt from slips that people make (see tests/engine/slips): where two mistakes give the same numbers, the one
that was made more often stands first.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

from .candidates import Candidate, at_one_or_all
from .neighborhood import Neighborhood


class Detector(NamedTuple):
    """A kind of mistake, by the function of this room that makes its candidates: loaded when it is first tried.

    Attributes:
        module, name: of the function, (region) -> candidates, or (region, use) -> edits.
        applies_to: whether it is for "any" gradient, for "arrays", or for one "number" alone.
        uses: at which uses its edits are made, "direct" ones of the node or "all"; "" where it yields candidates.
        subsumes: kinds that its candidates only say again, besides those of `SUBSUMED`.
        is_weak: whether what it says is a measure more than a cause, and a cause is looked for further up.
    """

    module: str
    name: str
    applies_to: str = "any"
    uses: str = ""
    subsumes: frozenset[str] = frozenset()
    is_weak: bool = False

    def candidates(self, region: Neighborhood) -> Iterator[Candidate]:
        """Yield its candidates, where it is for such a gradient."""
        if self.applies_to not in ("any", "number" if region.is_scalar else "arrays"):
            return
        function = load(self.module, self.name)
        if self.uses:
            uses = region.direct if self.uses == "direct" else region.uses
            yield from at_one_or_all(region, (edit for use in uses for edit in function(region, use)))
        else:
            yield from function(region)


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
"""Which kinds a kind subsumes where the numbers are many: they are no rivals, and are not told beside it."""

LIKELY: tuple[Detector, ...] = (
    Detector("local_derivatives", "minus_of_other_operand", "number", "direct"),
    Detector("scale", "scale_of_whole"),
    Detector("linear", "wrong_targets", "arrays"),
    Detector("softmax", "cross_entropy_mistakes", subsumes=frozenset(SUBSUMED)),
    Detector("layers", "layer_mistakes", "arrays", subsumes=_ANOTHER_PATH | {"rule", "swapped", "transposed"}),
    Detector("softmax", "logsumexp_mistakes", subsumes=_ANOTHER_PATH),
    Detector("paths", "missing_contributions"),
    Detector("linear", "overwrite_entries", "arrays", "all"),
    Detector("linear", "pass_to_all_entries", "arrays", "all"),
    Detector("linear", "fill_rows", "arrays"),
    Detector("linear", "unsummed_rows", "arrays", "all"),
    Detector("linear", "wrong_axes", "arrays", "all"),
    Detector("linear", "wrong_moves", "arrays", "all"),
    Detector("linear", "exchange_axes", "arrays"),
    Detector("linear", "wrong_products", "arrays", "all"),
    Detector("linear", "wrong_letters", "arrays", "all"),
    Detector("scale", "constants_of_number", "number", subsumes=frozenset({"forgot-local", "forgot-upstream"})),
    Detector("substitutions", "exchange_indices", "number"),
    Detector("local_derivatives", "wrong_local_derivatives", "any", "all"),
    Detector("substitutions", "omitted_local_derivatives"),
    Detector("substitutions", "omitted_upstreams"),
    Detector("substitutions", "exchange_data_and_gradient", "number", "direct"),
    Detector("substitutions", "factors_in_whole_or_use", "arrays"),
    Detector("substitutions", "another_gradient", "arrays"),
    Detector("paths", "zero", "number"),
    Detector("paths", "early_or_repeated"),
    Detector("scale", "simple_factors", is_weak=True),
    Detector("layers", "layer_means", "arrays", subsumes=frozenset({"rule", "wrong-upstream"}), is_weak=True),
)
"""The ranking. Of each kind of slip the first candidate that gives the numbers is told."""

LAST: tuple[Detector, ...] = (
    Detector("paths", "product_of_uses"),
    Detector("formula", "lost_brackets", "arrays", subsumes=_ANOTHER_PATH),
    Detector("substitutions", "data_for_gradient"),
    Detector("softmax", "cross_entropy_without_mean"),
    Detector("substitutions", "wrong_operand", "number"),
    Detector("search", "compound_mistakes"),
    Detector("substitutions", "sum_for_product", "any", "all"),
    Detector("substitutions", "later_steps", "arrays", "all"),
    Detector("substitutions", "earlier_steps", "arrays", "all"),
    Detector("substitutions", "halves_of_unnamed_factors", "arrays", "all"),
    Detector("linear", "exchange_blocks", "arrays", subsumes=_ANOTHER_PATH),
    Detector("substitutions", "another_factor", "arrays"),
    Detector("substitutions", "halves_of_named_factors", "arrays", "all"),
    Detector("substitutions", "factors_in_contributions", "arrays"),
    Detector("linear", "only_own_entries", "arrays"),
    Detector("linear", "flip_picked", "arrays", "all", _ANOTHER_PATH),
    Detector("linear", "shuffle_entries", "arrays"),
    Detector("scale", "one_factor_for_all", "arrays"),
)
"""What costs more, or fits much by chance: for where nothing else fits."""

READ: tuple[Detector, ...] = (Detector("formula", "formula_mistakes", "arrays"),)
"""Where no table knows the numbers."""
# fmt: on

OF_ONE_NUMBER = frozenset({"factor", "double"})
"""The same of a single number, where any two mistakes may meet by chance: both are told, but for a plain factor."""
