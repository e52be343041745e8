"""How long an answer works: in the processor's time, and only while the answer itself is at work.

A busy machine takes nothing from what an answer may use, and neither does our own comparison of a large graph.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType

CAN_COUNT = hasattr(signal, "setitimer")
"""Not on Windows, where the clock alone is watched."""

OVERTIME = "overtime.json"
"""In the folder of a job's report, where an answer was stopped: the line it was at, and whether that was one call."""

TICK = 0.05
"""Seconds of the processor between two looks."""


class Stopwatch:
    """Ends this process when an answer has worked too long, and leaves a note of what it was at.

    Args:
        answer: the answer's file, as its code names it.
        seconds: of the processor that it may take.
        report: the folder for the note.
        clock: what tells the time that this process has taken of the processor.
        end: what ends this process.
    """

    def __init__(
        self,
        answer: str,
        seconds: float,
        report: Path,
        *,
        clock: Callable[[], float] = time.process_time,
        end: Callable[[int], object] = os._exit,
    ) -> None:
        self._answer, self._seconds, self._report = answer, seconds, report
        self._clock, self._end = clock, end
        self._last = self._used = self._in_call = 0.0
        self._call: FrameType | None = None

    def start(self) -> None:
        """Look from now on."""
        self._last = self._clock()
        signal.signal(signal.SIGPROF, lambda _, frame: self.look(frame))
        signal.setitimer(signal.ITIMER_PROF, TICK, TICK)

    def look(self, frame: FrameType | None) -> None:
        """Add up the time since the last look, and end an answer that took too much.

        Args:
            frame: where the process is.
        """
        now = self._clock()
        spent, self._last = now - self._last, now
        outermost, line = None, 0
        while frame is not None:
            if frame.f_code.co_filename == self._answer:
                outermost, line = frame, line or frame.f_lineno
            frame = frame.f_back
        if outermost is not self._call:
            self._call, self._in_call = outermost, 0.0
        if outermost is None:
            return
        self._used += spent
        self._in_call += spent
        if self._used > self._seconds:
            note = {"line": line, "is_one_call": self._in_call > self._used / 2}
            (self._report / OVERTIME).write_text(json.dumps(note), encoding="ascii")
            self._end(1)
