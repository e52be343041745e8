"""The texts of the package: beside the code, or, in a wheel, one file that is laid out in the user's cache."""

from __future__ import annotations

import atexit
import bz2
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

PACKED = "texts.bz2"
"""In a folder above the code: the paths of the texts in it, and then the texts."""


def find_text(path: Path) -> Path:
    """Return a text, or a folder of texts, after laying it out if the package holds it packed.

    All are laid out once for each content of that file, whole or not at all; where the cache cannot be written, for
    this process alone.

    Args:
        path: where it lies, unless it is packed.

    Raises:
        OSError: it cannot be written anywhere.
    """
    above = next((folder for folder in path.parents if (folder / PACKED).exists()), None)
    if path.exists() or above is None:
        return path
    packed = (above / PACKED).read_bytes()
    return _lay_out_once(packed) / path.relative_to(above)


def _lay_out_once(packed: bytes) -> Path:
    name = f"texts-{hashlib.sha256(packed).hexdigest()[:16]}"
    try:
        cache = cache_folder()
        if not (cache / name).is_dir():
            cache.mkdir(parents=True, exist_ok=True)
            _lay_out(packed, cache, name)
        return cache / name
    except (OSError, RuntimeError):
        own = Path(tempfile.mkdtemp(prefix="handgrad-"))
        atexit.register(shutil.rmtree, own, ignore_errors=True)
        _lay_out(packed, own, name)
        return own / name


def cache_folder() -> Path:
    """Return where what is laid out or fetched is kept for this user.

    Raises:
        RuntimeError: the user has no home.
    """
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        base = Path(chosen)
    elif sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path.home() / ".cache"
    return base / "handgrad"


def _lay_out(packed: bytes, target: Path, name: str) -> None:
    part = Path(tempfile.mkdtemp(prefix="part-", dir=target))
    try:
        paths, *texts = bz2.decompress(packed).decode("utf-8").split("\0")
        for path, text in zip(paths.split("\n"), texts, strict=True):
            (part / path).parent.mkdir(parents=True, exist_ok=True)
            (part / path).write_bytes(text.encode("utf-8"))
        part.chmod(0o755)
        try:
            part.rename(target / name)
        except OSError:
            # Another process may have been first.
            if not (target / name).is_dir():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
