"""The handgrad that runs, as a wheel: an editable install and a clone between two releases have none."""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import io
import zipfile
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

_INSIDE = {"handgrad": ("viz", "demos"), "handgrad.viz": (), "handgrad.demos": ("docs",)}
"""Each package, with what of its folder is another's, or is for readers alone."""

_KIND = "Wheel-Version: 1.0\nGenerator: handgrad\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@lru_cache(maxsize=1)
def own_wheel() -> tuple[str, bytes]:
    """Return the name and the content of a wheel of the handgrad that runs."""
    known = importlib.metadata.distribution("handgrad")
    about = f"handgrad-{known.version}.dist-info"
    entries = dict(_files())
    entries[f"{about}/METADATA"] = (known.read_text("METADATA") or "").encode()
    entries[f"{about}/entry_points.txt"] = (known.read_text("entry_points.txt") or "").encode()
    entries[f"{about}/WHEEL"] = _KIND.encode()
    lines = [f"{place},sha256={_digest(content)},{len(content)}" for place, content in entries.items()]
    entries[f"{about}/RECORD"] = "\n".join([*lines, f"{about}/RECORD,,\n"]).encode()
    return f"handgrad-{known.version}-py3-none-any.whl", make_zip(entries)


def make_zip(entries: Mapping[str, bytes], mode: int = 0o644) -> bytes:
    """Return a zip of files by their places; the same files give the same zip."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = (0o100000 | mode) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return target.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    for package, without in _INSIDE.items():
        folder = Path(str(files(package)))
        for path in sorted(folder.rglob("*")):
            parts = path.relative_to(folder).parts
            is_ours = parts[0] not in without and not any(part.startswith((".", "__pycache__")) for part in parts)
            if is_ours and path.is_file():
                yield "/".join([*package.split("."), *parts]), path.read_bytes()


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
