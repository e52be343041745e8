"""Which mistake is believed before which, and which only says another one again: two tables, and no code.

Both are learnt from slips that people make (see tests/engine/slips): where two mistakes give the same numbers, the one
that was made more often stands first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from .softmax_rows import row_of

if TYPE_CHECKING:
    from .edits import Guess
    from .region import Region


class Family(NamedTuple):
    """A kind of edit, by the module of this room that makes its guesses: loaded when it is first tried.

    Attributes:
        module, name: of the function (region) -> guesses.
        is_for: whether it is for "any" amounts, for "arrays", for one "number" alone, or for "rows" of a softmax.
        restates: kinds that its guesses restate besides those of `RESTATES`.
        is_weak: whether what it says is a measure more than a cause, and a cause is looked for further up.
    """

    module: str
    name: str
    is_for: str = "any"
    restates: frozenset[str] = frozenset()
    is_weak: bool = False

    def guesses(self, region: Region) -> Iterator[Guess]:
        is_fit = {
            "any": True,
            "arrays": region.amounts.is_of_arrays,
            "number": region.is_of_one_number,
            "rows": region.amounts.is_of_arrays or (self.is_for == "rows" and region.once(row_of) is not None),
        }[self.is_for]
        return self.function()(region) if is_fit else iter(())

    def function(self) -> Callable[[Region], Iterator[Guess]]:
        """What makes its guesses."""
        found: Any = _LOADED.get(self)
        if found is None:
            found = _LOADED[self] = getattr(import_module(f".{self.module}", __package__), self.name)
        function: Callable[[Region], Iterator[Guess]] = found
        return function


_LOADED: dict[Family, Any] = {}

_FACTORS = frozenset({"factor", "double", "forgot-local", "forgot-upstream"})
_ANOTHER_PATH = _FACTORS | {"sign", "not-summed", "wrong-axis", "one-hot", "not-broadcast", "wrong-upstream"}

# fmt: off
RESTATES: dict[str, frozenset[str]] = {
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

LIKELY: tuple[Family, ...] = (
    Family("rules", "of_the_minus", "number"),
    Family("shares", "of_the_whole"),
    Family("linear", "of_the_targets", "arrays"),
    Family("softmax", "of_cross_entropy", "rows", frozenset(RESTATES)),
    Family("layers.found", "of_the_layers", "arrays", _ANOTHER_PATH | {"rule", "swapped", "transposed"}),
    Family("softmax", "of_logsumexp", "rows", _ANOTHER_PATH),
    Family("paths", "of_the_parts"),
    Family("linear", "of_the_entries", "arrays"),
    Family("linear", "of_the_sums", "arrays"),
    Family("linear", "of_the_moves", "arrays"),
    Family("linear", "exchanged", "arrays"),
    Family("linear", "of_the_products", "arrays"),
    Family("linear", "of_einsum", "arrays"),
    Family("shares", "of_the_constants", "number", frozenset({"forgot-local", "forgot-upstream"})),
    Family("substitutions", "indices_exchanged", "number"),
    Family("rules", "of_the_rules"),
    Family("substitutions", "local_left_out"),
    Family("substitutions", "upstream_left_out"),
    Family("substitutions", "data_and_gradient_exchanged", "number"),
    Family("substitutions", "factor_in_all_or_at_a_use", "arrays"),
    Family("substitutions", "another_gradient"),
    Family("paths", "nothing", "number"),
    Family("paths", "of_the_order"),
    Family("shares", "of_the_scale", is_weak=True),
    Family("layers.found", "of_the_means", "arrays", frozenset({"rule", "wrong-upstream"}), is_weak=True),
)
"""The order of belief. Of each kind of slip the first guess that gives the numbers is told."""

LAST: tuple[Family, ...] = (
    Family("paths", "multiplied"),
    Family("formula", "of_lost_brackets", "arrays", _ANOTHER_PATH),
    Family("substitutions", "data_for_a_gradient"),
    Family("softmax", "without_the_mean", "rows"),
    Family("substitutions", "wrong_operand", "number"),
    Family("twofold", "of_two"),
    Family("substitutions", "added"),
    Family("substitutions", "a_step_on", "arrays"),
    Family("linear", "blocks_exchanged", "arrays", _ANOTHER_PATH),
    Family("substitutions", "another_factor", "arrays"),
    Family("substitutions", "factor_in_a_part", "arrays"),
    Family("linear", "one_by_one", "arrays"),
    Family("linear", "turned_round", "arrays", _ANOTHER_PATH),
    Family("linear", "in_other_places", "arrays"),
    Family("shares", "in_proportion", "arrays"),
)
"""What costs more, or fits much by chance: for where nothing else fits."""

READ: tuple[Family, ...] = (Family("formula", "of_the_formula", "arrays"),)
"""Where no table knows the numbers."""
# fmt: on

OF_ONE_NUMBER = frozenset({"factor", "double"})
"""The same of a single number, where any two mistakes may meet by chance: both are told, but for a plain factor."""
