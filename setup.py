"""What setup.cfg cannot say: on PyPI, where there are no files beside it, the README's links lead to the repository."""

import re
from configparser import ConfigParser
from pathlib import Path

from setuptools import setup

METADATA = ConfigParser()
METADATA.read(Path(__file__).with_name("setup.cfg"), encoding="utf-8")
REPOSITORY = re.search(r"^Source = (\S+)$", METADATA["metadata"]["project_urls"], re.MULTILINE)[1]
LINK = re.compile(r"(!?)\[([^\]]*)\]\((?!https?://|#)([^)\s]+)\)")


def absolute(link: "re.Match[str]") -> str:
    """Return a link to a file of the repository, to its bytes if it is a picture."""
    mark, text, path = link.groups()
    return f"{mark}[{text}]({REPOSITORY}/{'raw' if mark else 'blob'}/main/{path})"


if __name__ == "__main__":
    readme = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    # A link around a picture first: what is within it is no link to the pattern.
    setup(long_description=LINK.sub(absolute, readme), long_description_content_type="text/markdown")
