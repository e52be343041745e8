"""What an array's gradient comes out as by one mistake, the likelier mistake first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from typing import Any, NamedTuple

import numpy as np

from ..diagnose import LARGEST_FACTOR
from .names import ArrayName
from .ops import COPY
from .region import Layer, Region
from .sweep import Floats

_FACTORS = frozenset({"factor", "double", "forgot-local", "forgot-upstream"})
_SIGN = _FACTORS | {"rule", "swapped"}
_PATHS = _FACTORS | {"not-summed", "wrong-axis", "one-hot"}


class Guess(NamedTuple):
    """One hypothesis.

    Attributes:
        kind: the kind of slip.
        numbers: what the entries come out as by it.
        clause: the end of the sentence to the learner.
        covers: other kinds that would only restate it.
    """

    kind: str
    numbers: Floats
    clause: str
    covers: frozenset[str] = _FACTORS


def of_the_whole(region: Region, written: Floats) -> Iterator[Guess]:
    """The sign or a factor of everything, and what is passed on through one array of several."""
    chain = region.chain
    yield Guess("sign", -chain, "the size fits, the sign does not: look for a lost or an extra minus.", _SIGN)
    upstream = _and([named.name for named in region.arrays]) if region.arrays else "the output"
    yield from _scaled(chain, chain, written, f"on the way from {upstream}")
    if len(region.arrays) > 1:
        yield from _paths(region, written)


def _paths(region: Region, written: Floats) -> Iterator[Guess]:
    """What comes through one array left out, turned round or scaled; then through two left out."""
    chain = region.chain
    uses_add_up = "Uses add up: was a gradient overwritten (=) instead of added to (+=), or a use forgotten?"
    without = {named: region.without([named]) for named in region.arrays}
    for named, rest in without.items():
        yield Guess("missing-path", rest, f"what comes from {named.name} is not added. {uses_add_up}", _PATHS)
    for named, rest in without.items():
        through = chain - rest
        if not np.any(through) or np.allclose(through, chain, rtol=1e-12, atol=0.0):
            continue
        minus = f"the part that comes from {named.name} has the wrong sign: look for a lost or an extra minus."
        yield Guess("sign", chain - 2.0 * through, minus, _SIGN)
        yield from _scaled(chain, through, written, f"in the part that comes from {named.name}")
        if len(region.arrays) > 2:
            alone = f"only what comes from {named.name} is there. Uses add up: where are the others?"
            yield Guess("missing-path", through, alone, _PATHS)
    for pair in combinations(region.arrays[:6], 2):
        names = _and([named.name for named in pair])
        clause = f"what comes from {names} is not added. {uses_add_up}"
        yield Guess("missing-path", region.without(pair), clause, _PATHS)


def _scaled(chain: Floats, part: Floats, written: Floats, where: str) -> Iterator[Guess]:
    """A simple factor on one part of the gradient, the rest of it right."""
    along = float(part @ part)
    if not along or not math.isfinite(along):
        return
    ratio = 1.0 + float((written - chain) @ part) / along
    factor = simple_factor(ratio)
    if factor is None:
        if abs(ratio) < 1e-9 and part is chain and not np.any(written):
            yield Guess("missing-path", np.zeros_like(chain), f"nothing arrives {where}: which uses does it have?")
        return
    numbers = chain + (factor - 1.0) * part
    if factor == 2.0:
        yield Guess("double", numbers, f"counted twice {where}.")
    elif factor != 1.0:
        yield Guess(
            "factor",
            numbers,
            f"off by a constant factor {where}. Is it the 1/n of a mean that is forgotten (or 1/(n-1) taken for 1/n), "
            "a mean where a sum belongs, or another constant?",
        )


def simple_factor(ratio: float) -> float | None:
    """The whole number, its inverse, or n/(n-1) or (n-1)/n that `ratio` is; None for none."""
    size = abs(ratio)
    if not 1.0 / LARGEST_FACTOR**2 <= size <= LARGEST_FACTOR**2:
        return None
    candidates = [float(round(size))] if size >= 1.0 else [1.0 / round(1.0 / size)]
    if size != 1.0:
        whole = round(1.0 / abs(size - 1.0))
        candidates += [n / (n - 1) for n in (whole, whole + 1) if n > 1]
        candidates += [(n - 1) / n for n in (whole, whole + 1) if n > 1]
    for candidate in candidates:
        if candidate != 1.0 and abs(size - candidate) <= 1e-8 * candidate:
            return math.copysign(candidate, ratio)
    return None


def of_the_layout(region: Region, written: Floats) -> Iterator[Guess]:
    """Rows for columns, and a row of ones that should be one-hot."""
    shape = region.result.shape
    if len(region.chain) != region.result.total or len(shape) < 2:
        return
    chain, grid = region.chain.reshape(shape), written.reshape(shape)
    yield from _transposed(region, chain)
    for axis in range(len(shape)):
        first = np.zeros_like(chain)
        first.swapaxes(0, axis)[0] = chain.swapaxes(0, axis)[0]
        clause = "only the first row or column is filled in; what is summed forward is broadcast backward to all."
        yield Guess("not-broadcast", first.ravel(), clause)
    rows, given = chain.reshape(-1, shape[-1]), grid.reshape(-1, shape[-1])
    if shape[-1] < 2:
        return
    scale = 1e-9 * np.abs(rows).max(initial=0.0)
    hot = np.abs(rows) > scale
    if (hot.sum(1) <= 1).all() and hot.any():  # one-hot itself: the other entries should be 0
        filled = np.where(hot, rows, given)
        everywhere = np.broadcast_to(rows.sum(1, keepdims=True), rows.shape)
        clause = "only one entry of each row is used further on, and the others get a gradient too: which one is it?"
        for numbers in (everywhere, filled) if np.allclose(given[hot], rows[hot], 1e-6, 0.0) else (everywhere,):
            yield Guess("one-hot", numbers.ravel(), clause, _FACTORS | {"not-summed", "missing-path", "forgot-local"})
    else:
        off = given - rows
        odd = np.abs(off) > 1e-9 * (np.abs(given) + np.abs(rows)).max(initial=0.0)
        if (odd.sum(1) <= 1).all() and odd.any(1).mean() > 0.5:
            shift = off[odd]
            if np.ptp(shift) <= 1e-6 * np.abs(shift).max():
                yield Guess(
                    "one-hot",
                    (rows + np.where(odd, shift.mean(), 0.0)).ravel(),
                    "all entries fit but one in each row, which is off by the same number everywhere: the one-hot row "
                    "of the targets is forgotten, or not scaled like the rest.",
                    _FACTORS | {"missing-path", "sign", "forgot-local", "rule"},
                )


def _transposed(region: Region, chain: Floats) -> Iterator[Guess]:
    clause = "these are the right numbers in the wrong places: rows and columns are exchanged (a transpose)."
    for axes in list(permutations(range(chain.ndim)))[1:]:
        turned = [chain.shape[axis] for axis in axes]
        back = np.argsort(axes)
        for numbers in (chain.transpose(axes), chain.reshape(turned).transpose(back)):
            yield Guess("transposed", numbers.ravel(), clause, _FACTORS | {"wrong-axis"})
    for named in region.arrays:
        upstream = grid_of(region, named, region.comparison.passed_on)
        for other in region.comparison.columns.arrays:
            if len(other.shape) != 2 or upstream is None or upstream.ndim != 2:
                continue
            factor = grid_of(region, other, region.comparison.columns.data)
            if factor is None or other is named:
                continue
            for numbers in _products(upstream, factor):
                if numbers.shape == region.result.shape:
                    words = f"the product has {other.name} transposed where it should not be, or not where it should."
                    yield Guess("transposed", numbers.ravel(), words)


def _products(upstream: Floats, factor: Floats) -> Iterator[Floats]:
    """The products that leave a factor as it is, or only reshape it, where it belongs transposed."""
    reshaped = factor.reshape(factor.shape[::-1])
    if upstream.shape[1] == len(reshaped):
        yield upstream @ reshaped
    if reshaped.shape[1] == len(upstream):
        yield reshaped @ upstream
    if factor.shape[0] == factor.shape[1]:
        if upstream.shape[1] == len(factor):
            yield upstream @ factor
        if upstream.shape[0] == len(factor):
            yield factor @ upstream
    if upstream.shape[0] == upstream.shape[1]:
        if factor.shape[0] == len(upstream):
            yield factor.T @ upstream.T
        if factor.shape[1] == len(upstream):
            yield upstream.T @ factor.T


def grid_of(region: Region, named: ArrayName, column: Floats) -> Floats | None:
    """A column's numbers of an array in its shape; None where entries are missing."""
    member = region.comparison.columns.arrays[named]
    if len(member.nodes) != named.size:
        return None
    found = np.empty(named.size)
    found[member.entries] = column[member.nodes]
    return found.reshape(named.shape)


def of_the_uses(region: Region, written: Floats) -> Iterator[Guess]:
    """What is kept of several uses: one alone, or the sum along another axis."""
    uses = region.uses()
    counts = {len(some) for some in uses}
    if max(counts, default=0) < 2:
        return
    if len(counts) > 1 or _is_looked_up(region):
        for which, word in ((-1, "last"), (0, "first")):
            kept = np.array([some[which] if len(some) else 0.0 for some in uses])
            yield Guess(
                "missing-path",
                kept,
                f"only the {word} of several uses of an entry is kept. Uses add up: an index that occurs twice must be "
                "added to twice (a loop with +=, or np.add.at).",
                _FACTORS | {"not-summed"},
            )
        return
    table = np.array(uses)
    nearest = int(np.abs(table[_telling(table)] - written[_telling(table)]).argmin())
    for which in dict.fromkeys((0, table.shape[1] - 1, nearest)):
        yield Guess(
            "not-summed",
            table[:, which],
            "only one of the rows or columns that it was broadcast to is there. What is broadcast forward is summed "
            "backward: over which axis?",
            _FACTORS | {"missing-path"},
        )
    axes = "summed over the wrong axis: what is broadcast forward along an axis is summed backward along that axis."
    yield Guess("wrong-axis", np.resize(table.sum(0), len(table)), axes)
    yield Guess("wrong-axis", np.full(len(table), table.sum()), axes)
    yield Guess("wrong-axis", np.full(len(table), table.mean()), axes)


def _is_looked_up(region: Region) -> bool:
    """Whether the array is used by indexing: all of its uses are copies."""
    order = region.comparison.columns.order
    above = np.isin(region.edges.operand, region.entries)
    return all(order[region.nodes[place]].op is COPY for place in np.unique(region.edges.consumer[above]).tolist())


def _telling(table: Floats) -> int:
    return int(np.ptp(table, axis=1).argmax())


def of_the_layers(region: Region, written: Floats) -> Iterator[Guess]:
    """One rule of the chain wrong at every edge that applies it."""
    yield from _passed_as_it_is(region)
    yield from _without_upstream(region)
    own = region.edges.local
    layers = region.layers()
    for layer, edges in layers.items():
        into = layer.into.name if layer.into is not None else layer.op.name
        beside = f", beside {layer.beside.name}," if layer.beside is not None else ""
        where = f"'{layer.op.name}'{beside} on the way to {into}"
        for kind, local, clause in _other_locals(region, layer, edges, where):
            changed = own.copy()
            changed[edges] = local
            if np.isfinite(changed).all() and np.any(changed[edges] != own[edges]):
                yield Guess(kind, region.with_numbers(region.numbers, local=changed), clause)
    yield from _without_a_factor(region)
    yield from _from_another(region)


def _other_locals(region: Region, layer: Layer, edges: Any, where: str) -> Iterator[tuple[str, Any, str]]:
    order = region.comparison.columns.order
    nodes = [order[place] for place in region.nodes[region.edges.consumer[edges]].tolist()]
    inputs = [[operand.data for operand in node.operands] for node in nodes]
    for slip in layer.op.slips:
        if slip.operand != layer.which:
            continue
        try:
            local = [slip.local(*numbers, node.data) for numbers, node in zip(inputs, nodes)]
        except (ArithmeticError, ValueError):
            continue
        yield "rule", local, f"for the slope of {where} that is {slip.words}: {slip.question}"
    if layer.op.name not in ("-", "neg", "copy"):
        yield "forgot-local", 1.0, f"the local derivative of {where} is not multiplied in: what is it?"
    if len(inputs[0]) == 2:
        data = [node.op.derivatives(*numbers, node.data) for numbers, node in zip(inputs, nodes) if node.op]
        swapped = [both[1 - layer.which] for both in data]
        yield "swapped", swapped, f"{where} passes that to the other operand. Which number belongs to this one?"


def _passed_as_it_is(region: Region) -> Iterator[Guess]:
    """The upstream gradient itself, where the shapes allow it."""
    for named in region.arrays:
        member = region.comparison.columns.arrays[named]
        if named.shape == region.result.shape and len(member.nodes) == len(region.chain):
            upstream = grid_of(region, named, region.comparison.passed_on)
            if upstream is not None:
                yield Guess(
                    "forgot-local",
                    upstream.ravel(),
                    f"the gradient of {named.name} is passed on as it is; what is the local derivative there?",
                )


def _without_upstream(region: Region) -> Iterator[Guess]:
    everything = region.with_numbers(np.ones_like(region.numbers))
    above = _and([named.name for named in region.arrays]) if region.arrays else "the output"
    clause = "that is the local derivative alone; the upstream gradient of {} is not multiplied in."
    yield Guess("forgot-upstream", everything, clause.format(above))
    for named in region.arrays if len(region.arrays) > 1 else ():
        there = region.places_of(named)
        one = region.with_numbers(np.where(there, 1.0, region.numbers), also=there)
        yield Guess("forgot-upstream", one, clause.format(named.name))


def _from_another(region: Region) -> Iterator[Guess]:
    """Computed from the gradient of another array of the same shape."""
    comparison = region.comparison
    for named in region.arrays:
        there = region.places_of(named)
        for other in comparison.columns.arrays:
            grid = grid_of(region, other, comparison.passed_on) if other.shape == named.shape else None
            if grid is None or other in (named, region.result.named):
                continue
            column = np.zeros(len(comparison.columns))
            member = comparison.columns.arrays[named]
            column[member.nodes] = grid.ravel()[member.entries]
            numbers = region.with_numbers(np.where(there, column[region.nodes], region.numbers), also=there)
            clause = f"that is computed from the gradient of {other.name}. Which array is computed from this one?"
            yield Guess("wrong-upstream", numbers, clause, frozenset())


def _without_a_factor(region: Region) -> Iterator[Guess]:
    """An array's numbers multiplied in once too little or once too often."""
    shape = region.result.shape
    if len(region.chain) != region.result.total:
        return
    chain = region.chain.reshape(shape)
    for named in region.comparison.columns.arrays:
        factor = grid_of(region, named, region.comparison.columns.data)
        if factor is None or not _can_be_broadcast(factor.shape, shape):
            continue
        clause = f"the factor {named.name} is multiplied in once too {{}}."
        yield Guess("forgot-local", (chain / factor).ravel(), clause.format("little"))
        yield Guess("rule", (chain * factor).ravel(), clause.format("often"))


def _can_be_broadcast(shape: Sequence[int], other: Sequence[int]) -> bool:
    return len(shape) <= len(other) and all(a in (1, b) for a, b in zip(reversed(shape), reversed(other)))


def _and(names: Sequence[str]) -> str:
    shown = [*names[:3], "others"] if len(names) > 4 else list(names)
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
