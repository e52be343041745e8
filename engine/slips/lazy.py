"""The numbers of a candidate at a large array: some entries first, and all of them only where those fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .values import ArrayOps

if TYPE_CHECKING:
    from ..value import Value
    from .neighborhood import Neighborhood
    from .use import Use


class LazyGradient:
    """A candidate gradient, computed on demand: `full`, or only the entries at `Match.sample_index`."""

    def __init__(self, whole: Callable[[], Any], few: Callable[[], Any]) -> None:
        self.full, self.sample = whole, few

    def __rmul__(self, times: float) -> LazyGradient:
        return LazyGradient(lambda: times * self.full(), lambda: times * self.sample())


def from_sources(
    region: Neighborhood,
    numbers: Mapping[Value, Any] | None = None,
    locals_: Mapping[tuple[Value, int], Any] | None = None,
) -> Any:
    """Return `Neighborhood.from_sources`, lazily for large arrays."""
    if region.fit.sample_index is None:
        return region.from_sources(numbers, locals_)
    given, changed = region.source_gradients(numbers), region.override_local_derivatives(locals_)
    return LazyGradient(lambda: region.from_sources(numbers, locals_), lambda: _few(region, given, changed))


def replace_contribution(region: Neighborhood, use: Use, upstream: Any, local: Any) -> Any:
    """Return `Neighborhood.replace_contribution` of upstream * local, lazily for large arrays."""
    some = region.fit.sample_index
    if some is None:
        return region.replace_contribution(use, upstream * local)

    def few() -> Any:
        if use.operand is region.node:
            passed = ArrayOps.entries_of(upstream, local, region.shape, some)
        else:
            passed = _few(region, {use.operand: upstream * local}, region.locals_of)
        return region.recomputed[some] - region.contribution_through(use)[some] + passed

    return LazyGradient(lambda: region.replace_contribution(use, upstream * local), few)


def _few(region: Neighborhood, gradients: Mapping[Value, Any], locals_of: Any) -> Any:
    """Return sampled entries of what arrives; the last step, often the most work, is done for these alone."""
    passed_on = region.pass_on(gradients, locals_of, dict.fromkeys(region.blanks))
    found: Any = 0.0
    for node, gradient in passed_on.items():
        for operand, local in zip(node.operands, locals_of(node)):
            if operand is region.node:
                found = found + ArrayOps.entries_of(gradient, local, region.shape, region.fit.sample_index)
    return found
