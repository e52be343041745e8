"""Folders of many small texts: beside the code, or, in a wheel, one file that is laid out in the user's cache."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path


def find_folder(package: Path, name: str) -> Path:
    """Return a folder of a package, after laying it out if the package holds it packed.

    It is laid out once for each content of that file, whole or not at all; where the cache cannot be written, for
    this process alone.

    Args:
        package: where the folder, or else `NAME.xz`, the paths in it and a text for each, lies.
        name: of the folder.

    Raises:
        OSError: it cannot be written anywhere, or there is neither.
    """
    folder, packed = package / name, package / f"{name}.xz"
    if folder.is_dir() or not packed.exists():
        return folder
    name += "-" + hashlib.sha256(packed.read_bytes()).hexdigest()[:16]
    try:
        cache = _cache_folder() / "handgrad"
        if not (cache / name).is_dir():
            cache.mkdir(parents=True, exist_ok=True)
            _lay_out(packed, cache, name)
        return cache / name
    except (OSError, RuntimeError):
        own = Path(tempfile.mkdtemp(prefix="handgrad-"))
        atexit.register(shutil.rmtree, own, ignore_errors=True)
        _lay_out(packed, own, name)
        return own / name


def _cache_folder() -> Path:
    """Return where the system keeps a user's caches.

    Raises:
        RuntimeError: the user has no home.
    """
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


def _lay_out(packed: Path, target: Path, name: str) -> None:
    import lzma  # here, as not every Python has it: the browser's has not

    part = Path(tempfile.mkdtemp(prefix="part-", dir=target))
    try:
        paths, *texts = lzma.decompress(packed.read_bytes()).decode("utf-8").split("\0")
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
