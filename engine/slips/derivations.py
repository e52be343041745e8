"""How a learner may have gone back to a node, by what stands in the nodes on the way."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any

from ..number import finite_or_none
from ..verdict.status import Status

if TYPE_CHECKING:
    from .neighborhood import Neighborhood

NOT_ROUNDED = 1e-8
"""As a share: what is nearer than this has all its digits."""


class Derivation(Enum):
    """How a learner is taken to have gone back to a node."""

    AS_WRITTEN = "from the numbers that stand there"
    ROUNDED_LATER = "from the same with all their digits"
    IN_ONE_GO = "past the steps without a name, though they are filled in"


def with_all_digits(region: Neighborhood) -> Neighborhood | None:
    """Rebuild the region with all digits of what was rounded; None where nothing was."""
    near = {*region.sources, *(node for use in region.direct for node in use.consumer.operands)} - {region.node}
    if not region.comparison.tolerance.typed or not any(_is_rounded(region.comparison[node]) for node in near):
        return None
    return region.derived(Derivation.ROUNDED_LATER)


def skipping_unnamed_steps(region: Neighborhood) -> Neighborhood | None:
    """Rebuild the region without unnamed steps; None where nothing changes."""
    if not any(_is_passed_over(region.comparison[node]) for node in region.sources if node.operands):
        return None
    return region.derived(Derivation.IN_ONE_GO)


def begins(result: Any, way: Derivation) -> bool:
    """Tell whether who goes back in a way begins at what stands there."""
    return has_number(result) and not (way is Derivation.IN_ONE_GO and _is_passed_over(result))


def _is_right(result: Any) -> bool:
    return result.status is Status.CORRECT or bool(result.rounded)


def _is_passed_over(result: Any) -> bool:
    """Tell whether it is a step that is right and has no name: who computes in closed form skips it."""
    return not result.node.label and _is_right(result)


def _is_rounded(result: Any) -> bool:
    """Tell whether what stands there is right, and has fewer digits than it might have."""
    if not _is_right(result):
        return False
    written = result.numbers if result.shape else result.actual
    return bool(_largest(abs(written - result.expected)) > NOT_ROUNDED * _largest(abs(result.expected)))


def _largest(sizes: Any) -> float:
    return float(sizes.max(initial=0.0)) if hasattr(sizes, "max") else float(sizes)


def has_number(result: Any) -> bool:
    if result.shape:
        return result.numbers is not None
    return finite_or_none(result.actual) is not None
