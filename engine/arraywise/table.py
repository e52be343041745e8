"""A comparison by arrays as a table: a row an array."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..table import WORDS, Row, one_line

if TYPE_CHECKING:
    from ..comparison import NodeResult
    from .comparison import ArrayComparison, ArrayResult

HEADER = ("array", "shape", "exact", "approx", "max diff", "wrong", "first wrong", "status")


def array_rows(comparison: ArrayComparison) -> list[Row]:
    """The arrays asked for in backward order, then the nodes outside them that are not correct."""
    scalars = [comparison.results[place] for place in comparison.scalars]
    rows = [_row(result) for result in comparison.arrays]
    return rows + [_scalar_row(result) for result in scalars if result.status.value != "correct"]


def _row(result: ArrayResult) -> Row:
    shape = f"({', '.join(map(str, result.shape))}{',' if len(result.shape) == 1 else ''})"
    if result.max_diff is None:
        verdicts = ["", "", "?"]
    else:
        verdicts = [_yes(result.exact), _yes(result.approximate), f"{result.max_diff:.1e}" if result.max_diff else "0"]
    wrong = f"{result.wrong:,} of {result.total:,}" if result.wrong else ""
    first = "" if result.first_wrong is None else str(list(result.first_wrong))
    cells = (one_line(result.name), shape, *verdicts, wrong, first, WORDS[result.status.value])
    return Row(result.status.value, cells, one_line(result.note))


def _scalar_row(result: NodeResult) -> Row:
    off = "" if result.error is None else f"{result.error:.1e}"
    note = "" if result.slip is None else one_line(result.slip.message)
    cells = (one_line(result.name), "()", "", "", off, "", "", WORDS[result.status.value])
    return Row(result.status.value, cells, note)


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def array_summary(comparison: ArrayComparison) -> str:
    """How many arrays have which status, and where to start mending."""
    results = comparison.arrays
    arrays = f"{len(results):,} array" + ("" if len(results) == 1 else "s")
    if comparison.ok:
        return f"All correct: {arrays}."
    words = [result.status.value for result in results]
    found = ", ".join(
        f"{words.count(word):,} {word}" for word in ("correct", "wrong", "missing", "carried") if word in words
    )
    text = f"{arrays}: {found}."
    causes = [one_line(result.name) for result in results if result.status.value == "wrong"]
    causes += [one_line(result.name) for result in comparison.scalar_causes]
    missing = [one_line(result.name) for result in results if result.status.value == "missing"]
    if causes:
        more = len(causes) - 4
        text += f" Mend first: {', '.join(causes[:4])}" + (f" and {more:,} more." if more > 0 else ".")
    elif missing:
        text += f" Next to fill in: {missing[0]}."
    return text
