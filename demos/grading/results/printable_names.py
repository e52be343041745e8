"""Names from a disk, as text that any file and terminal can hold."""

from __future__ import annotations

import os

from ...printable import visible


def escape_name(name: str) -> str:
    r"""Return a file's name, which may hold any bytes, on one line; no two look alike.

    Example:
        >>> escape_name("ada\n"), escape_name(r"ada\n")
        ('ada\\n', 'ada\\\\n')
    """
    text = os.fsencode(name.replace("\\", "\\\\")).decode("utf-8", errors="backslashreplace")
    return "".join(map(visible, text))
