"""Rows as a CSV file, in which a spreadsheet finds no formula."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from typing import Any


def table(rows: Iterable[Iterable[Any]]) -> str:
    """Return a CSV file of these rows."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_cell(thing) for thing in row] for row in rows)
    return text.getvalue()


_FORMULA = re.compile(r"""(^|[;|\t\r\n])([\s"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])""")
"""What a spreadsheet would take for a formula, at the start of a cell: also where another one, which separates by a
semicolon say, and so does not see these quotes, begins a cell. In Japanese, the wide signs count as well."""


def _cell(thing: Any) -> Any:
    return _FORMULA.sub(r"\1\2'", thing) if isinstance(thing, str) else thing
