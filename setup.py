"""What setup.cfg cannot say: where the README's links lead on PyPI, and that a wheel has the course in one archive."""

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


class PackCourse(build_py):
    """Build the package, with its hundreds of small files of katas in one archive, a third of their size."""

    def run(self) -> None:
        """Build; an editable install keeps the folder."""
        super().run()
        course = Path(self.build_lib) / "handgrad" / "demos" / "katas" / "course"
        if not self.editable_mode and course.is_dir():
            with tarfile.open(course.with_name("course.tar.xz"), "w:xz", preset=9) as archive:
                for file in sorted(course.rglob("*")):
                    if file.is_file() and file.suffix != ".pyc":
                        entry = archive.gettarinfo(file, file.relative_to(course).as_posix())
                        # The same course is the same archive, wherever it is built.
                        entry.mtime, entry.mode, entry.uid, entry.gid, entry.uname, entry.gname = 0, 0o644, 0, 0, "", ""
                        with file.open("rb") as content:
                            archive.addfile(entry, content)
            shutil.rmtree(course)


if __name__ == "__main__":
    readme = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    # A link around a picture first: what is within it is no link to the pattern.
    setup(
        long_description=LINK.sub(absolute, readme),
        long_description_content_type="text/markdown",
        cmdclass={"build_py": PackCourse},
    )
