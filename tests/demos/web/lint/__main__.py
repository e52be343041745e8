"""Check the types and the style of the pages' JavaScript.

    python -m tests.demos.web.lint

What it is checked with comes from npm, locked by package-lock.json, once a user. Where that cannot be had, this says so
and checks nothing; on GitHub it fails.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from handgrad.demos.files import hold_lock
from handgrad.demos.web import packages
from handgrad.demos.web.packages import SHEET, SOURCES, PackagesError

HERE = Path(__file__).parent


def main() -> int:
    """Print what is wrong; the exit status."""
    try:
        node, npm = packages._programs()
        beside = packages.fetch()  # whose packages the scripts import
        tools = install(npm)
    except PackagesError as error:
        print(f"JavaScript: NOT CHECKED. {error}")
        return int("GITHUB_ACTIONS" in os.environ)
    sources = [file for folder in (SHEET, SOURCES) for file in folder.iterdir() if file.suffix in {".js", ".mjs"}]
    with tempfile.TemporaryDirectory(dir=beside, prefix="lint-") as folder:
        for file in [*sources, *HERE.glob("*.json"), *HERE.glob("*.d.ts")]:
            shutil.copyfile(file, Path(folder, file.name))
        oxlint = str(tools / "oxlint" / "bin" / "oxlint")
        typescript = str(tools / "typescript" / "bin" / "tsc")
        checks = ([typescript], [typescript, "-p", "tsconfig.workers.json"], [oxlint, "-c", "oxlintrc.json"])
        statuses = [subprocess.run([*node, *check], cwd=folder, check=False).returncode for check in checks]
    if not any(statuses):
        print(f"JavaScript: {len(sources)} files checked.")
    return int(any(statuses))


def install(npm: list[str]) -> Path:
    """Return the folder of what the scripts are checked with.

    Raises:
        PackagesError: it cannot be fetched.
    """
    lock = (HERE / "package-lock.json").read_bytes()
    home = packages.cache_folder() / f"lint-{hashlib.sha256(lock).hexdigest()[:16]}"
    done = home / "node_modules" / ".handgrad"
    with hold_lock(home / "lock"):
        if not done.is_file():
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(HERE / name, home / name)
            packages._run([*npm, *packages._CI], home, "npm could not fetch what JavaScript is checked with")
            done.touch()
    return home / "node_modules"


if __name__ == "__main__":
    sys.exit(main())
