"""How this program is called again, from the shell in which it was called."""

from __future__ import annotations

import os
import re
import sys
from pathlib import PurePath

_OF_UVX = re.compile(r"(archive|environments)-v\d+")
"""A folder of uv's cache that holds an environment made for one call; its number is the cache's version."""


def own_name() -> str:
    """Return `handgrad`, with the runner of a one-off install or a module's start before it."""
    folders = PurePath(sys.prefix).parts
    if "UV" in os.environ and any(_OF_UVX.fullmatch(folder) for folder in folders):
        return "uvx handgrad"
    # `pipx install` has its environments in a folder called venvs, `pipx run` in the cache.
    if "pipx" in folders and "venvs" not in folders:
        return "pipx run handgrad"
    started = getattr(sys.modules.get("__main__"), "__spec__", None)
    if started is not None and started.name == "handgrad.__main__":
        return f"{PurePath(sys.executable).stem} -m handgrad"
    return "handgrad"
