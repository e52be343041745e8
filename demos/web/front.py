"""The front page's judge before Python is there: its graph, and what the comparator says of it, for `early.js`.

The script multiplies, adds and compares; every sentence on a wrong number is the comparator's, found here for each
number that a person may type. Of any other it says that Python will tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from itertools import product
from typing import Any

from handgrad import Status
from handgrad.local import local_derivatives
from handgrad.viz.sheet import Sheet
from handgrad.viz.sheet.graph import Drawn, geometry
from handgrad.viz.sheet.marks import MEANING

from ..sheet import lecture
from .inside.graphs import MISTAKE

FACTORS = (1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0)
"""What a number of the graph is taken times, by who counts twice, loses a sign, or takes a mean."""


def front() -> Sheet:
    """Return the site's first sheet: one mistake, and what follows from it."""
    chosen = lecture()
    sheet = Sheet(chosen.graph, title=chosen.title)
    sheet.begin_with(MISTAKE)
    return sheet


@lru_cache(maxsize=1)
def early() -> dict[str, Any]:
    """Return all that the script knows."""
    sheet = front()
    sheet.lay_out()
    bases = [MISTAKE, FIXED]
    sentences: dict[str, int] = {}
    said = [{name: _sentences_by_number(sheet, base, name, sentences) for name in sheet.nodes} for base in bases]
    sheet.marks.restore(MISTAKE, None, None)
    locals_ = {node: local_derivatives(node) for node in sheet.order if node.op is not None}
    uses = {
        sheet.drawn.ids[node]: [
            [sheet.drawn.ids[consumer], locals_[consumer][place]] for consumer, place in sheet.drawn.uses(node)
        ]
        for node in sheet.nodes.values()
    }
    return {
        "opened": {"mode": sheet.mode, "root": sheet.drawn.ids[sheet.root], "key": sheet.key},
        "wide": _places(sheet, sheet.drawn),
        "narrow": _places(sheet, sheet.narrow),
        "uses": uses,
        "begun": {name: MISTAKE[name] for name in sheet.nodes},
        "bases": bases,
        "said": said,
        "sentences": list(sentences),
        "carried": MEANING["carried"],
    }


FIXED: Mapping[str, str] = {**MISTAKE, "d": "L.grad * f"}


def _places(sheet: Sheet, drawn: Drawn) -> dict[str, Any]:
    """Return the places of nodes and edges that the script needs; the picture itself stands in the page."""
    found = geometry(drawn, sheet.marks.asked)
    edges = [{name: edge[name] for name in ("key", "operand", "consumer")} for edge in found["edges"]]
    return {"nodes": found["nodes"], "edges": edges}


def typed_numbers(sheet: Sheet) -> list[float]:
    """Return the numbers that a person may type there: of the graph, their products, sums and usual multiples."""
    known = {float(node.data) for node in sheet.nodes.values()}
    known |= {result.expected for result in sheet.marks.compare_again()} | {1.0, 0.0}
    made = {factor * number for number in known for factor in FACTORS}
    made |= {one * other for one, other in product(known, known)} | {
        one + other for one, other in product(known, known)
    }
    return sorted(made)


def _sentences_by_number(
    sheet: Sheet, base: Mapping[str, str], name: str, sentences: dict[str, int]
) -> list[list[Any]]:
    """Return [numbers, what is said by node] for each way to be wrong at one node of a base."""
    groups: dict[tuple[tuple[str, int], ...], list[float]] = {}
    for number in typed_numbers(sheet):
        sheet.marks.restore({**base, name: repr(number)}, None, None)
        found = sheet.marks.verdicts()
        wrong = [(id_, entry["slip"]) for id_, entry in found.items() if entry["status"] == Status.WRONG.value]
        said = tuple((id_, sentences.setdefault(slip, len(sentences))) for id_, slip in wrong)
        # A whole number without its ".0": hundreds of them have to come before anything can be judged.
        groups.setdefault(said, []).append(int(number) if number.is_integer() else number)
    return [[numbers, dict(said)] for said, numbers in groups.items() if said]
