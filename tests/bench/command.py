"""What others wait for: `handgrad --help`, a kata of one's own verified, and 1,000 tests that do not need the plugin.

The processor's time of a whole process; the anchor is a Python that does nothing. What the plugin adds, its import and
its two hooks, is timed inside the run of the tests: two runs of pytest differ by more. It has no hook a test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from .common.timing import Figures, in_turns, medians, rows, versions
from .start import measured

ROUNDS, TESTS = 5, 1000
HANDGRAD = [sys.executable, "-c", "from handgrad.demos.cli import main; main()"]
PLUGIN = """
import sys, time
import pytest

began = time.process_time()
import handgrad.demos.pytest_option as plugin
spent = time.process_time() - began

def timed(hook):
    def run(*given, **named):
        global spent
        began = time.process_time()
        hook(*given, **named)
        spent += time.process_time() - began
    return run

class Timed:
    def pytest_addoption(self, parser):
        timed(plugin.pytest_addoption)(parser)

    def pytest_configure(self, config):
        timed(plugin.pytest_configure)(config)

hooks = sorted(name for name in vars(plugin) if name.startswith("pytest_"))
assert hooks == ["pytest_addoption", "pytest_configure"], hooks
assert not pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:handgrad", "test_many.py"], [Timed()])
print(spent, time.process_time())
"""


def plugged(env: Mapping[str, str], folder: str) -> Callable[[], Figures]:
    """Milliseconds of pytest on the tests, and those of them that are the plugin's."""

    def run() -> Figures:
        shown = subprocess.run(
            [sys.executable, "-c", PLUGIN], env=env, cwd=folder, capture_output=True, text=True, check=True
        )
        mine, all_of_it = (1e3 * float(seconds) for seconds in shown.stdout.split()[-2:])
        return {"ms": all_of_it, "mine": mine, "ratio": all_of_it / (all_of_it - mine)}

    return run


def main() -> None:
    """Print milliseconds and ratios."""
    print(f"  {versions('pytest')}")
    env = {**os.environ}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as folder:
        tests = (f"def test_{place}():\n    assert {place} + 1 == {place + 1}\n" for place in range(TESTS))
        (Path(folder) / "test_many.py").write_text("\n".join(tests), "utf-8")
        subprocess.run([*HANDGRAD, "new", "mine"], cwd=folder, stdout=subprocess.DEVNULL, check=True)
        commands = {
            "pass": [sys.executable, "-c", "pass"],
            "handgrad --help": [*HANDGRAD, "--help"],
            "verify, of a kata": [*HANDGRAD, "verify", "mine"],
        }
        runs = {name: measured(command, env, folder) for name, command in commands.items()}
        tests = {"tests": plugged(env, folder)}
        for run in (runs | tests).values():
            run()  # it compiles
        print("\n".join(rows(in_turns(runs, ROUNDS), "pass")))
        found = medians(in_turns(tests, ROUNDS)["tests"])
        print(f"    1,000 tests with the plugin                  {found['ms']:9.3f} ms    ", end="")
        print(f"{found['ratio']:.3f} x without its {found['mine']:.3f} ms")


if __name__ == "__main__":
    main()
