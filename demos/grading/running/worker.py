"""A worker: a process that holds pytest and the engine, and grades one answer after another.

It reads one job a line and answers one report a line. For each, two processes are started: the referee,
a fork of this one, and the answer, a fork of a process that knows nothing (`player.zygote`). When its input
ends, because the grader did, it ends all of them, removes the grading's folder and goes.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import json
import os
import select
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...katas.judging.judge import MOST_OUTPUT
from ...katas.judging.ready import preload
from ...katas.judging.running import run_with_session
from ...katas.judging.temporary import remove_when_free
from ..fence.kernel import READ, WRITE, become_subreaper, confine, die_with_parent, forbid_tracing
from ..fence.tree import TREES
from ..player.frames import Channel
from ..player.guard import REFUSAL, TOO_LONG
from ..results.report import End, Report
from .processes import descendants, end_descendants
from .referee import referee
from .waste import Waste, holds_more_than
from .zygotes import Zygote

MOST_REPORT = 32 << 20
"""Bytes of what a referee tells about one answer."""

WRITTEN_HERE = 2
"""The folder of an answer, and the file in it."""

LOOKS = 0.1
"""Seconds between two looks at how many processes an answer has."""

MEMORY = 3 << 30
"""Bytes of address space of a referee, whom an answer may send large things."""


class Worker:
    """Grades, with the folder of the whole grading at hand.

    Args:
        folder: of `tree.grading_folder`.
    """

    def __init__(self, folder: Path) -> None:
        self._answers = Path(tempfile.mkdtemp(prefix="answers-", dir=folder))
        # Where the session of pytest that waits in this process finds them, and no answer.
        self._tests = Path(tempfile.mkdtemp(prefix="tests-", dir=folder))
        self._zygotes = {tree: Zygote(folder / tree, self._answers) for tree in TREES}
        self._waste = Waste(Path(tempfile.mkdtemp(prefix="waste-", dir=folder)))

    def close(self) -> None:
        """End every process that was started."""
        for zygote in self._zygotes.values():
            zygote.close()
        self._waste.close()

    def grade(
        self, name: str, test: str, answer: bytes, tree: str, may_move_leaves: bool, limits: dict[str, Any]
    ) -> Report:
        """Grade one answer.

        Args:
            name: of the kata.
            test: the program of its tests.
            answer: the program.
            tree: the name of the tree it imports the engine from.
            may_move_leaves: whether it may change the data of leaves.
            limits: of `limits.Limits`.

        Raises:
            OSError: no process can be started.
            EOFError: the grader has ended.
        """
        start = time.monotonic()
        own = Path(tempfile.mkdtemp(dir=self._answers))
        try:
            (own / f"{name}.py").write_bytes(answer)
            file = self._tests / f"test_{name}.py"
            file.write_text(test, encoding="utf-8")
            begin = functools.partial(_be_the_referee, file, name, answer, may_move_leaves)
            report = self._run(own, name, self._zygotes[tree], begin, limits)
            if holds_more_than(self._answers, limits["files"] + WRITTEN_HERE) and report.end is not End.UNGRADED:
                report.end = End.GREEDY
                report.why = f"more than {limits['files']} files and folders. Is there a loop that makes them?"
        finally:
            # Beside its own folder too: whatever an answer left there, the next one could find.
            for left in self._answers.iterdir():
                self._waste.take(left)
        _explain(report, name)
        report.seconds = round(time.monotonic() - start, 3)
        return report

    def _run(
        self,
        own: Path,
        name: str,
        zygote: Zygote,
        begin: Callable[[socket.socket, int], None],
        limits: dict[str, Any],
    ) -> Report:
        ours, theirs = socket.socketpair()
        told, telling = os.pipe()
        printed, printing = os.pipe()
        pid = 0
        try:
            zygote.fork({"folder": str(own), "name": name, "limits": limits}, theirs, printing)
            theirs.close()
            os.close(printing)
            printing = -1
            pid = os.fork()
            if pid == 0:
                begin(ours, telling)
            os.close(telling)
            telling = -1
            return _listen(told, printed, limits, functools.partial(self._processes, pid))
        finally:
            # At a good end too: what the answer started may still run.
            if pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            self._end_answers()
            for descriptor in (told, telling, printed, printing):
                if descriptor >= 0:
                    os.close(descriptor)
            ours.close()
            theirs.close()

    @property
    def _own(self) -> set[int]:
        """The processes that outlive an answer."""
        return {pid for zygote in self._zygotes.values() for pid in zygote.pids}

    def _processes(self, referee: int) -> int:
        """Return how many processes answers have at the moment."""
        found = set(descendants(os.getpid(), self._waste.pids)) - self._own - {referee}
        return len(found) if len(found) < 2 else len(found.difference(descendants(referee)))

    def _end_answers(self) -> None:
        """End all that answers started and left behind, whoever's child it is by now."""
        if not end_descendants(os.getpid(), self._own, self._waste.pids):
            self.close()


def _be_the_referee(
    test: Path, name: str, answer: bytes, may_move_leaves: bool, connection: socket.socket, telling: int
) -> None:
    try:
        die_with_parent()
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        confine({"/": READ, os.devnull: WRITE})
        nothing = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1):
            os.dup2(nothing, descriptor)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", closefd=False)
        with os.fdopen(telling, "w", encoding="ascii") as report:

            def tell(facts: dict[str, Any]) -> None:
                report.write(json.dumps(facts) + "\n")
                report.flush()

            referee(test, name, answer, Channel(connection), tell, may_move_leaves=may_move_leaves)
        os._exit(0)
    except BaseException:
        # Into the worker's errors, whose last line the teacher is told.
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(1)


def _listen(told: int, printed: int, limits: dict[str, Any], processes: Callable[[], int]) -> Report:
    """Record what the referee says, line by line, and what the answer prints.

    Args:
        processes: how many the answer has at the moment. Each has its own limit of memory, so it may have one.
    """
    report = Report(end=End.UNGRADED, why="the referee broke off")
    lines, shown, size = bytearray(), bytearray(), 0
    open_ones = {told, printed}
    deadline, next_look = time.monotonic() + limits["seconds"], time.monotonic() + LOOKS
    while told in open_ones:
        # Standard input too: when it ends, so has the grader, and nobody waits for this any more.
        ready = select.select([*open_ones, 0], [], [], max(min(deadline, next_look) - time.monotonic(), 0.0))[0]
        if time.monotonic() >= next_look:
            next_look = time.monotonic() + LOOKS
            if processes() > 1:
                report.end, report.why = End.GREEDY, "more than one process."
                break
        if time.monotonic() >= deadline:
            report.end, report.why = End.TIMEOUT, ""
            break
        if 0 in ready:
            raise EOFError
        for descriptor in ready:
            block = os.read(descriptor, 1 << 16)
            if not block:
                open_ones.discard(descriptor)
            elif descriptor == printed:
                size += len(block)
                shown = (shown + block)[-MOST_OUTPUT:]
            else:
                lines += block
                *whole, rest = lines.split(b"\n")
                lines = bytearray(rest)
                for line in whole:
                    _record(report, json.loads(line))
        if size > limits["output"]:
            report.end, report.why = End.TALKATIVE, ""
            break
        if len(lines) > MOST_REPORT:
            report.end, report.why = End.GONE, "what it gave back was too large"
            break
    while printed in open_ones and select.select([printed], [], [], 0)[0] and (block := os.read(printed, 1 << 16)):
        size += len(block)
        shown = (shown + block)[-MOST_OUTPUT:]
    report.output = ("...\n" if size > MOST_OUTPUT else "") + bytes(shown).decode("utf-8", errors="replace")
    return report


def _record(report: Report, facts: dict[str, Any]) -> None:
    """Record what the referee says of the tests, and at the end why it ended."""
    report.total = facts.get("total", report.total)
    report.passed += "passed" in facts
    if "failure" in facts:
        report.failures.append(facts["failure"])
    report.failures = facts.get("failures", report.failures)
    if "end" in facts:
        report.end, report.why, report.moved_leaves = End(facts["end"]), facts["why"], facts["moved_leaves"]


def _explain(report: Report, name: str) -> None:
    """Add what ended an answer's process, if the fence did: the last thing it printed."""
    last = report.output.rstrip().rpartition("\n")[2]
    if report.end is not End.GONE or not last.startswith(REFUSAL):
        return
    if last == REFUSAL + TOO_LONG:
        report.end = End.TIMEOUT
        return
    for failure in report.failures:
        if failure["message"] == report.why:
            failure["message"] = f"{name}.py was stopped. {last.capitalize()}."


def main(folder: Path) -> None:
    """Grade what comes in, until nothing does."""
    grader = os.getppid()
    become_subreaper()
    forbid_tracing()
    sys.dont_write_bytecode = True
    answers = os.dup(1)
    os.dup2(2, 1)
    preload(draws=False, folder=folder)
    run_with_session(lambda: _serve(folder, grader, answers))


def _serve(folder: Path, grader: int, answers: int) -> None:
    """Grade what comes in.

    Args:
        grader: its process.
        answers: the descriptor for the reports.
    """
    gc.freeze()  # what is loaded by now is neither walked nor copied in the forks
    worker = Worker(folder)
    try:
        while line := sys.stdin.buffer.readline():
            job = json.loads(line)
            report = worker.grade(**{**job, "answer": bytes.fromhex(job["answer"])})
            os.write(answers, json.dumps(report.to_dict()).encode("ascii") + b"\n")
    except (EOFError, BrokenPipeError):
        pass
    finally:
        worker.close()
        end_descendants(os.getpid())
        if os.getppid() != grader:
            # It was killed, and only its workers are left to remove it: one after the other.
            remove_when_free(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
