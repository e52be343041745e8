"""What Linux offers to keep hold of a process, asked for by its numbers; each call says whether it was granted."""

from __future__ import annotations

import ctypes
import os
import signal
from typing import NoReturn

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000

try:
    _libc = ctypes.CDLL(None, use_errno=True)
    _prctl, _unshare = _libc.prctl, _libc.unshare
except (OSError, AttributeError):  # not Linux
    _prctl = _unshare = None


def die_with_parent() -> bool:
    """Have this process killed when the one that started it ends, even by a kill."""
    return _prctl is not None and _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0


def become_subreaper() -> bool:
    """Be the parent of every descendant whose own parent ends, so that none is lost from sight."""
    return _prctl is not None and _prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0


def forbid_tracing() -> bool:
    """Keep other processes of the same user from reading this one's memory, environment and descriptors."""
    return _prctl is not None and _prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0


def enter_own_space() -> bool:
    """Have this process see no network, and its children no process but their own and their children.

    Granted to root, and to others where the system lets users make namespaces; a container often does not.
    """
    if _unshare is None:
        return False
    flags = _CLONE_NEWPID | _CLONE_NEWNET | _CLONE_NEWIPC
    if os.geteuid() != 0:
        flags |= _CLONE_NEWUSER
    return bool(_unshare(flags) == 0)


def become_zygote(command: list[str]) -> NoReturn:
    """Have this process become another program, with everything asked for that outlives the change.

    Here and not there, so that the processes of answers never load `ctypes`, which goes past every hook.
    """
    become_subreaper()
    die_with_parent()
    enter_own_space()
    os.execv(command[0], command)
