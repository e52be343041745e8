"""What others wait for: `handgrad --help`, a kata of one's own verified, and 1,000 tests that do not need the plugin.

The processor's time of a whole process; the anchors are a Python that does nothing, and pytest without the plugin.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from .common.timing import in_turns, rows, versions
from .start import measured

ROUNDS, TESTS = 5, 1000
HANDGRAD = [sys.executable, "-c", "from handgrad.demos.cli import main; main()"]


def main() -> None:
    """Print milliseconds and ratios."""
    print(f"  {versions('pytest')}")
    env = {**os.environ}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        tests = (f"def test_{place}():\n    assert {place} + 1 == {place + 1}\n" for place in range(TESTS))
        (Path(folder) / "test_many.py").write_text("\n".join(tests), "utf-8")
        pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_many.py"]
        subprocess.run([*HANDGRAD, "new", "mine"], cwd=folder, stdout=subprocess.DEVNULL, check=True)
        groups = [
            {
                "pass": [sys.executable, "-c", "pass"],
                "handgrad --help": [*HANDGRAD, "--help"],
                "verify, of a kata": [*HANDGRAD, "verify", "mine"],
            },
            {"without the plugin": [*pytest, "-p", "no:handgrad"], "with the plugin": pytest},
        ]
        for group in groups:
            for command in group.values():
                subprocess.run(command, env=env, cwd=folder, stdout=subprocess.DEVNULL, check=True)  # it compiles
            found = in_turns({name: measured(command, env, folder) for name, command in group.items()}, ROUNDS)
            print("\n".join(rows(found, next(iter(group)))))


if __name__ == "__main__":
    main()
