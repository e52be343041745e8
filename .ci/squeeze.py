"""`python .ci/squeeze.py WHEEL`: the same wheel, some 3% smaller; it needs zopfli, and half a minute.

Zopfli looks longer than zlib for the shortest way to write what any zip program reads.
"""

import sys
import zipfile
from pathlib import Path

import zopfli.zlib


class Compressor:
    """What zipfile takes for zlib's compressor."""

    def __init__(self) -> None:
        self._given: list[bytes] = []

    def compress(self, data: bytes) -> bytes:
        """Keep some data for the end."""
        self._given.append(bytes(data))
        return b""

    def flush(self) -> bytes:
        """Return all of it, compressed, without the head and the sum that a zip file has of its own."""
        compressed: bytes = zopfli.zlib.compress(b"".join(self._given))
        return compressed[2:-4]


def squeeze(wheel: Path) -> None:
    """Write a wheel again, in its place."""
    zipfile._get_compressor = lambda *_: Compressor()
    smaller = wheel.with_suffix(".smaller")
    with zipfile.ZipFile(wheel) as before, zipfile.ZipFile(smaller, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            after.writestr(entry, before.read(entry))
    smaller.replace(wheel)


if __name__ == "__main__":
    squeeze(Path(sys.argv[1]))
