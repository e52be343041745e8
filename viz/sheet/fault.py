"""The message where handgrad itself fails: never that it was the learner."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

from handgrad.number import one_line

ISSUES = "https://github.com/handgrad/handgrad/issues"
LONGEST = 300


def fault(error: Exception) -> dict[str, Any]:
    """Return the reply where handgrad broke; `is_fault` tells it from an error of the learner's."""
    where = traceback.extract_tb(error.__traceback__)[-1]
    what = one_line(f"{type(error).__name__}: {error}")[:LONGEST]
    message = (
        f"handgrad itself failed here; it is nothing that you did. Please report it at {ISSUES}, with what you did "
        f"last and this line: {what} ({Path(where.filename).name}, line {where.lineno})"
    )
    return {"type": "error", "is_fault": True, "message": message}
