"""What setup.cfg cannot say: where the README's links lead on PyPI, and that a wheel has its texts in one file."""

import bz2
import contextlib
import os
import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

METADATA = ConfigParser()
METADATA.read(Path(__file__).with_name("setup.cfg"), encoding="utf-8")
REPOSITORY = re.search(r"^Source = (\S+)$", METADATA["metadata"]["project_urls"], re.MULTILINE)[1]
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|#)([^)\s]+)\)")


def absolute(link: "re.Match[str]") -> str:
    """Return a link to a file of the repository, to its bytes if it is a picture."""
    mark, text, path = link.groups()
    return f"{mark}[{text}]({REPOSITORY}/{'raw' if mark else 'blob'}/main/{path})"


def pack(texts: "dict[str, str]") -> bytes:
    """Return texts by their paths as one compressed file, a third of the size that each by itself takes."""
    # In three streams, as what is written for people, data, and what is written for browsers have few words in common.
    kinds = {".md": 0, ".py": 0, ".toml": 0, ".ipynb": 0, ".json": 1, ".txt": 1}
    kind_of = {path: kinds.get(Path(path).suffix, 2) for path in texts}
    paths = sorted(texts, key=lambda path: (kind_of[path], path))
    streams = ["\n".join(paths), "", ""]
    for path in paths:
        streams[kind_of[path]] += f"\0{texts[path]}"
    return b"".join(bz2.compress(stream.encode("utf-8")) for stream in streams)


class PackTexts(build_py):
    """Build the package, with one file for all that setup.cfg calls its data."""

    def find_package_modules(self, package: str, package_dir: str) -> "list[tuple[str, str, str]]":
        """Return the modules of a package, without the solution of a worksheet: who wants that has the repository."""
        return [one for one in super().find_package_modules(package, package_dir) if one[1] != "solution"]

    def run(self) -> None:
        """Build; an editable install keeps the files."""
        super().run()
        if self.editable_mode:
            return
        top = Path(self.build_lib, "handgrad")
        texts = {}
        for _, _, folder, names in self.data_files:
            for file in (Path(folder, name) for name in names if name != "py.typed"):
                texts[file.relative_to(top).as_posix()] = file.read_bytes().decode("utf-8")
                file.unlink()
                with contextlib.suppress(OSError):
                    os.removedirs(file.parent)  # those that are empty now
        (top / "texts.bz2").write_bytes(pack(texts))


if __name__ == "__main__":
    readme = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    # A link around a picture first: what is within it is no link to the pattern.
    setup(
        long_description=LINK.sub(absolute, readme),
        long_description_content_type="text/markdown",
        cmdclass={"build_py": PackTexts},
    )
