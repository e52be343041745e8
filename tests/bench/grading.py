"""A class of 300 on 5 katas, every hostile kind among them, killed in the middle and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from handgrad.demos.grading.running.processes import descendants
from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.course import Course
from tests.demos.grading.hostile import KATA, below, breaking, cheating, guarded

HOSTILE = {**breaking.ANSWERS, **guarded.ANSWERS, **cheating.ANSWERS, **below.ANSWERS}
STUDENTS = 300
OTHERS = ("add", "used_twice", "diamond", "mse")
KILLED_AT = 500
"""Of the answers that are graded."""


def hand_in(folder: Path) -> dict[tuple[str, str], str]:
    """A class in a folder; returns the status that each answer is to get, by student and kata."""
    course = Course()
    expected: dict[tuple[str, str], str] = {}
    hostile = iter(HOSTILE.items())
    for number in range(STUDENTS):
        kind, (answer, status, _) = next(hostile, ("", (KATA.solution.read_bytes(), "passed", "")))
        student = f"{number:03} {kind}".strip()
        place = folder / student
        place.mkdir(parents=True)
        (place / KATA.file_name).write_bytes(answer if isinstance(answer, bytes) else answer.encode())
        expected[student, KATA.name] = status
        for turn, name in enumerate(OTHERS):
            kata = course[name]
            is_right = (number + turn) % 3
            wrong = wrong_answers(kata)
            text = kata.solution.read_text("utf-8") if is_right else wrong[number % len(wrong)].text
            (place / kata.file_name).write_text(text, encoding="utf-8")
            expected[student, name] = "passed" if is_right else "failed or error"
    return expected


def main() -> None:
    """Print how long it takes, how many verdicts are wrong, and what is left behind."""
    with tempfile.TemporaryDirectory() as temporary:
        top = Path(temporary)
        (top / "tmp").mkdir()
        expected = hand_in(top / "class")
        command = [
            sys.executable,
            "-c",
            "from handgrad.demos.cli import main; main()",
            "grade",
            "class",
            "--out",
            "grades.json",
        ]
        options = {"cwd": top, "env": {**os.environ, "TMPDIR": str(top / "tmp")}}
        journal = top / "grades.journal.jsonl"
        start = time.perf_counter()
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, **options) as first:  # type: ignore[call-overload]
            while not journal.exists() or journal.read_bytes().count(b'"result"') < KILLED_AT:
                time.sleep(0.1)
            started = descendants(first.pid)
            first.send_signal(signal.SIGKILL)
        subprocess.run(command, check=True, capture_output=True, **options)  # type: ignore[call-overload]
        seconds = time.perf_counter() - start
        found = {
            (student["student"], result["kata"]): result["status"]
            for student in json.loads((top / "grades.json").read_text(encoding="utf-8"))["students"]
            for result in student["katas"]
        }
        wrong = [key for key, status in expected.items() if found.get(key) not in status.split(" or ")]
        keys = [json.loads(line)["key"] for line in journal.read_text(encoding="ascii").splitlines()]
        left = [pid for pid in started if Path(f"/proc/{pid}").exists()]
        print(f"  {len(found)} answers           {seconds:.0f} s, on {os.cpu_count()} cores")
        print(f"  wrong verdicts          {len(wrong)} {wrong[:5] or ''}")
        print(f"  graded twice            {len(keys) - len(set(keys))}")
        print(f"  processes left          {len(left)}")
        print(f"  temporary files left    {len(list((top / 'tmp').iterdir()))}")


if __name__ == "__main__":
    main()
