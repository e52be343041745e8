"""What to say of two errors of Python's own that everybody meets who fills gradients in."""

from __future__ import annotations

import linecache
import re
import traceback
from types import FrameType

_GRAD = re.compile(r"\b([A-Za-z_]\w*)\.grad\b(?!\s*=(?!=))(\s*[-+*/@]=)?")


def advice(error: BaseException) -> str:
    """Return a sentence about an error, in the names of its line; "" without one.

    Args:
        error: a TypeError by a grad that is still None, or by `^` written for a power; any other says nothing.
    """
    if not isinstance(error, TypeError):
        return ""
    steps = list(traceback.walk_tb(error.__traceback__))
    if not steps:
        return ""
    frame, number = steps[-1]
    line = linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()
    if "NoneType" in str(error):
        return _explain_empty_grad(frame, line)
    if "for ^" in str(error):
        return "Python writes a power with **, as in b.data**2; ^ is something else."
    return ""


def _explain_empty_grad(frame: FrameType, line: str) -> str:
    """Say which gradient of a line of code is still empty."""
    known = {**frame.f_globals, **frame.f_locals}
    for name, adds in _GRAD.findall(line):
        if getattr(known.get(name), "grad", 0.0) is not None:
            continue
        if adds:
            return f"{name}.grad is still empty, so there is nothing to add to: begin with =, and add to it with +=."
        return f"{name}.grad is still empty. Backward starts at the output: what {name} is used in comes first."
    return ""
