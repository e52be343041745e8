"""How long a learner waits: a verdict in watch's warm process, and `handgrad check` from a cold start."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.judge import judge
from handgrad.demos.katas.judging.warm import WarmProcess

from .common.timing import versions

ROUNDS = 5


def main() -> None:
    """Print the median and the slowest over all katas, solution and stub, and of the command."""
    print(f"  {versions('pytest')}; by the clock; the anchor of the command is a Python that loads pytest")
    course = Course()
    warm = WarmProcess()
    waits: dict[str, list[float]] = {"solution": [], "stub": []}
    with tempfile.TemporaryDirectory() as folder:
        for kata in course.katas:
            for what, answer in (("solution", kata.solution), ("stub", kata.stub)):
                start = time.perf_counter()
                judge(kata, answer, picture=Path(folder) / f"{kata.name}.svg", run=warm.run)
                waits[what].append(time.perf_counter() - start)
        warm.close()
        for what, seconds in waits.items():
            print(f"  verdict on each {what:<9} {statistics.median(seconds):.2f} s, slowest {max(seconds):.2f} s")
        handgrad = [sys.executable, "-c", "from handgrad.demos.cli import main; main()"]
        env = {**os.environ}
        workspace = str(Path(folder) / "katas")
        subprocess.run([*handgrad, "start", workspace], check=True, capture_output=True)
        cold, anchor = [], []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", "import pytest"], check=True)
            anchor.append(time.perf_counter() - start)
            start = time.perf_counter()
            checked = subprocess.run(
                [*handgrad, "check", "add"], cwd=workspace, env=env, check=False, capture_output=True
            )
            cold.append(time.perf_counter() - start)
            assert b"Not yet" in checked.stdout, checked.stderr
    ratio = statistics.median(one / other for one, other in zip(cold, anchor))
    print(f"  handgrad check add         {statistics.median(cold):.2f} s, slowest {max(cold):.2f} s   {ratio:.1f} x")


if __name__ == "__main__":
    main()
