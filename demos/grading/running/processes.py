"""Finding and ending every process that another one started, whatever it did to get away."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection

PROC = "/proc"


def descendants(pid: int, without: Collection[int] = ()) -> list[int]:
    """The processes that descend from one, nearest first; zombies are left out.

    A process whose parent ended is a child of the nearest subreaper, so that a double fork and a
    session of its own do not take it out of the tree.

    Args:
        without: those that are left out with all that descends from them.
    """
    children: dict[int, list[int]] = {}
    # By the shortest way: a grading looks ten times a second, at every process of the machine.
    for name in filter(str.isdigit, os.listdir(PROC) if os.path.isdir(PROC) else ()):
        with contextlib.suppress(OSError, ValueError), open(f"{PROC}/{name}/stat", "rb", buffering=0) as file:
            # The name in brackets may hold anything, a bracket too: what counts stands behind the last one.
            state, parent = file.read(4096).rpartition(b")")[2].split(maxsplit=2)[:2]
            if state not in b"ZX" and int(name) not in without:
                children.setdefault(int(parent), []).append(int(name))
    found = list(children.get(pid, ()))
    for inner in found:
        found.extend(children.get(inner, ()))
    return found


def end_descendants(
    pid: int, spared: Collection[int] = (), without: Collection[int] = (), seconds: float = 5.0
) -> bool:
    """Kill all that descends from a process, until nothing does; False where that took too long.

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
