"""How long `import handgrad` takes, in times of a Python that does nothing: the processor's time of a whole process.

The package stands alone on the path, as after `pip install`: what finds an editable install would load modules of its
own at each start.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import handgrad

from .common.timing import Figures, in_turns, rows, versions

ROUNDS = 21
PROGRAMS = ("pass", "import handgrad", "from handgrad import Value, compare, manual", "from handgrad import *")


def measured(command: Sequence[str], env: Mapping[str, str], folder: str | None = None) -> Callable[[], Figures]:
    """Milliseconds of a process from its start to its end, as its parent is told of them."""

    def run() -> Figures:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, env=env, cwd=folder, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return {"ms": 1e3 * (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)}

    return run


def main() -> None:
    """Print milliseconds and ratios."""
    print(f"  {versions()}; the anchor is a program that does nothing")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "handgrad").symlink_to(Path(handgrad.__file__).parent)
        packages = [entry for entry in sys.path if entry.endswith("site-packages")]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join([folder, *packages]), "PYTHONPYCACHEPREFIX": folder}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        runs = {program: measured([sys.executable, "-S", "-c", program], env) for program in PROGRAMS}
        for run in runs.values():
            run()  # the first start compiles
        found = in_turns(runs, ROUNDS)
    print("\n".join(rows(found, PROGRAMS[0])))


if __name__ == "__main__":
    main()
