"""Folders of many small files: beside the code, or, in a wheel, one archive that is laid out in the user's cache."""

from __future__ import annotations

import atexit
import hashlib
import os
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path


def find_folder(package: Path, name: str) -> Path:
    """Return a folder of a package, after laying it out if the package holds it packed.

    It is laid out once for each content of the archive, whole or not at all; where the cache cannot be written, for
    this process alone.

    Args:
        package: where the folder, or else its archive, `NAME.tar.xz`, lies.
        name: of the folder.

    Raises:
        OSError: it cannot be written anywhere, or there is neither.
    """
    folder, packed = package / name, package / f"{name}.tar.xz"
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
    part = Path(tempfile.mkdtemp(prefix="part-", dir=target))
    try:
        with tarfile.open(packed) as archive:
            if hasattr(tarfile, "data_filter"):  # which Python 3.11.4 has brought, and Python 3.12 asks for
                archive.extraction_filter = tarfile.data_filter
            archive.extractall(part)
        part.chmod(0o755)
        try:
            part.rename(target / name)
        except OSError:
            # Another process may have been first.
            if not (target / name).is_dir():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
