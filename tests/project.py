"""Where the project is, and what its package says of it."""

from configparser import ConfigParser
from pathlib import Path

ROOT = Path(__file__).parents[1]

CONFIG = ConfigParser()
CONFIG.read(ROOT / "setup.cfg", encoding="utf-8")

VERSION = CONFIG["metadata"]["version"]
_URLS = dict(line.split(" = ") for line in CONFIG["metadata"]["project_urls"].strip().splitlines())
SOURCE, DOCUMENTS = _URLS["Source"], _URLS["Documentation"]
