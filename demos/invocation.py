"""How this program is called again, from the shell in which it was called."""

from __future__ import annotations

import json
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
        source = _source()
        return f"uvx --from {source} handgrad" if source else "uvx handgrad"
    # `pipx install` has its environments in a folder called venvs, `pipx run` in the cache.
    if "pipx" in folders and "venvs" not in folders:
        source = _source()
        return f"pipx run --spec {source} handgrad" if source else "pipx run handgrad"
    started = getattr(sys.modules.get("__main__"), "__spec__", None)
    if started is not None and started.name == "handgrad.__main__":
        return f"{PurePath(sys.executable).stem} -m handgrad"
    return "handgrad"


def _source() -> str:
    """Return the repository that it was installed from, as pip names it (PEP 610); "" for an index or a folder."""
    import importlib.metadata  # 30 ms that only who is asked for it is to wait for

    text = importlib.metadata.distribution("handgrad").read_text("direct_url.json")
    known = json.loads(text) if text else {}
    return f"{known['vcs_info']['vcs']}+{known['url']}" if "vcs_info" in known else ""
