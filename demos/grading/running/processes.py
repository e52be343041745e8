"""Finding and ending every process that another one started, whatever it did to get away."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection
from pathlib import Path

PROC = Path("/proc")


def descendants(pid: int, without: Collection[int] = ()) -> list[int]:
    """Return the processes that descend from one, nearest first; zombies are left out.

    A process whose parent ended is a child of the nearest subreaper, so that a double fork and a
    session of its own do not take it out of the tree.

    Args:
        without: those that are left out with all that descends from them.
    """
    children: dict[int, list[int]] = {}
    for one in _processes():
        # Plain descriptors: a look is taken many times a second, at every process of the machine.
        with contextlib.suppress(OSError, ValueError):
            file = os.open(f"{PROC}/{one}/stat", os.O_RDONLY)
            try:
                # The name in brackets may hold anything, a bracket too: what counts stands behind the last one.
                state, parent = os.read(file, 4096).rpartition(b")")[2].split(None, 2)[:2]
            finally:
                os.close(file)
            if state not in b"ZX" and one not in without:
                children.setdefault(int(parent), []).append(one)
    found = list(children.get(pid, ()))
    for inner in found:
        found.extend(children.get(inner, ()))
    return found


def _processes() -> list[int]:
    with contextlib.suppress(OSError):
        return [int(name) for name in os.listdir(PROC) if name.isdigit()]
    return []


def end_descendants(
    pid: int, spared: Collection[int] = (), without: Collection[int] = (), seconds: float = 5.0
) -> bool:
    """Kill all descendants of a process until none is left.

    All are stopped before any is killed: a storm of forks would otherwise outrun the killing.

    Args:
        spared: those that may live; their own descendants may not.
        without: those that may live with their descendants.
        seconds: how long to try.

    Raises:
        ValueError: this process would be among them, and would stop itself before it had killed anything.
    """
    deadline = time.monotonic() + seconds
    while found := [one for one in descendants(pid, without) if one not in spared]:
        if os.getpid() in found:
            raise ValueError(f"process {os.getpid()} is a descendant of process {pid}, and would end itself")
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for one in found:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(one, number)
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True
