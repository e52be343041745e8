"""The numbers of a guess at a large array: some entries first, and all of them only where those fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .amounts import Arrays

if TYPE_CHECKING:
    from ..value import Value
    from .region import Region
    from .use import Use


class Later:
    """Numbers that are worked out when they are asked for: `whole`, or the `few` entries of `Fit.some`."""

    def __init__(self, whole: Callable[[], Any], few: Callable[[], Any]) -> None:
        self.whole, self.few = whole, few

    def __rmul__(self, times: float) -> Later:
        return Later(lambda: times * self.whole(), lambda: times * self.few())


def from_sources(
    region: Region,
    numbers: Mapping[Value, Any] | None = None,
    locals_: Mapping[tuple[Value, int], Any] | None = None,
) -> Any:
    """`Region.from_sources`, of a large array `Later`."""
    if region.fit.some is None:
        return region.from_sources(numbers, locals_)
    given, changed = region.given(numbers), region.changed(locals_)
    return Later(lambda: region.from_sources(numbers, locals_), lambda: _few(region, given, changed))


def instead(region: Region, use: Use, upstream: Any, local: Any) -> Any:
    """`Region.instead` of what an upstream gradient passes back by a local derivative, of a large array `Later`."""
    some = region.fit.some
    if some is None:
        return region.instead(use, upstream * local)

    def few() -> Any:
        if use.operand is region.node:
            passed = Arrays.entries_of(upstream, local, region.shape, some)
        else:
            passed = _few(region, {use.operand: upstream * local}, region.locals_of)
        return region.chain[some] - region.through(use)[some] + passed

    return Later(lambda: region.instead(use, upstream * local), few)


def _few(region: Region, gradients: Mapping[Value, Any], locals_of: Any) -> Any:
    """Some entries of what arrives: of the last step, which is often the most work, no more is done than for these."""
    passed_on = region.pass_on(gradients, locals_of, dict.fromkeys(region.blanks))
    found: Any = 0.0
    for node, gradient in passed_on.items():
        for operand, local in zip(node.operands, locals_of(node)):
            if operand is region.node:
                found = found + Arrays.entries_of(gradient, local, region.shape, region.fit.some)
    return found
