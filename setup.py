"""What setup.cfg cannot say: where the README's links lead on PyPI, and what a wheel has as archives."""

import lzma
import re
import shutil
import tarfile
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


PACKED = "katas/course", "web/browser"


def pack(folder: Path) -> None:
    """Put an archive in the place of a folder: its small files take a third of their size there."""
    files = [file for file in folder.rglob("*") if file.is_file() and file.suffix != ".pyc"]
    with tarfile.open(folder.with_name(f"{folder.name}.tar.xz"), "w:xz", preset=9 | lzma.PRESET_EXTREME) as archive:
        # Of one kind after the other they are smaller.
        for file in sorted(files, key=lambda file: (file.suffix, file.name, file)):
            entry = archive.gettarinfo(file, file.relative_to(folder).as_posix())
            # The same folder is the same archive, wherever it is built.
            entry.mtime, entry.mode, entry.uid, entry.gid, entry.uname, entry.gname = 0, 0o644, 0, 0, "", ""
            with file.open("rb") as content:
                archive.addfile(entry, content)
    shutil.rmtree(folder)


class PackFolders(build_py):
    """Build the package, with an archive for each folder of many small files."""

    def run(self) -> None:
        """Build; an editable install keeps the folders."""
        super().run()
        for name in PACKED:
            folder = Path(self.build_lib) / "handgrad" / "demos" / name
            if not self.editable_mode and folder.is_dir():
                pack(folder)


if __name__ == "__main__":
    readme = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    # A link around a picture first: what is within it is no link to the pattern.
    setup(
        long_description=LINK.sub(absolute, readme),
        long_description_content_type="text/markdown",
        cmdclass={"build_py": PackFolders},
    )
