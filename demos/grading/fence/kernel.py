"""What Linux offers to keep hold of a process, asked for by its numbers; each call says whether it was granted."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from .calls import MACHINES, forbid_calls

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3, _CAP_DAC_READ_SEARCH = 0x20080522, 1 << 2
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_CLONE_NEWNET = 0x40000000

# The calls of Landlock have no names in the C library. Source: linux/landlock.h, and landlock(7).
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH, _O_PATH = 1, 1, 0o10000000
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 7, 1 << 8
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_FIRST_VERSION_WITH = {13: 2, 14: 3, 15: 5}
"""The version of Landlock in which each right came, by its bit; those below are in every version."""

SCOPED = 6
"""The version of Landlock from which on signals stay within the confines."""

LIST = _READ_DIR
READ = LIST | _READ_FILE
RUN = READ | _EXECUTE
WRITE = READ | _WRITE_FILE | _TRUNCATE | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_REG
"""What `confine` may grant in a folder: to see names, to read files, to run them, to change them (but no links)."""

_libc: Any = ctypes.CDLL(None, use_errno=True)


def die_with_parent() -> bool:
    """Have this process killed when its parent ends, even by a kill."""
    return bool(_libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) == 0)


def become_subreaper() -> bool:
    """Adopt every descendant whose parent ends, so that none is lost."""
    return bool(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def forbid_tracing() -> bool:
    """Keep the user's other processes from reading this one's memory and descriptors."""
    return bool(_libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) == 0)


def enter_own_space() -> bool:
    """Hide the network from this process, and other processes from its children.

    Granted to root, and to others where the system lets users make namespaces; a container often does not.
    """
    flags = _CLONE_NEWPID | _CLONE_NEWNET | _CLONE_NEWIPC
    if os.geteuid() != 0:
        flags |= _CLONE_NEWUSER
    return bool(_libc.unshare(flags) == 0)


def landlock_version() -> int:
    """Return the version of Landlock that this kernel has; 0 where there is none."""
    return max(0, int(_libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION))))


def is_whole_fence() -> bool:
    """Return whether this kernel has all that holds an answer."""
    return landlock_version() >= SCOPED and platform.machine() in MACHINES


def confine(places: Mapping[str, int]) -> bool:
    """Confine this process and its descendants to some places, for good.

    Whatever program it runs, and however it came by it: this is the kernel's own refusal. From version 4 of
    Landlock no TCP connection can be made either, and from version 6 no process outside can be signalled.

    Args:
        places: folders and files, and what is granted there: `LIST`, `READ`, `RUN` or `WRITE`. Of several that
            lie in each other, the most generous counts. What does not exist is left out.

    Returns:
        False where the kernel has no Landlock; nothing has been confined then.

    Raises:
        OSError: the kernel has it, and refused.
    """
    version = landlock_version()
    if version == 0:
        return False
    handled = sum(1 << bit for bit in range(16) if _FIRST_VERSION_WITH.get(bit, 1) <= version)
    # Rights on files, on TCP, and what is kept within the confines: unix sockets and signals.
    attributes = struct.pack("=QQQ", handled, 3, 3)[: 8 if version < 4 else 16 if version < SCOPED else 24]
    ruleset = _require_success(
        _libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    )
    try:
        for place, rights in places.items():
            _grant(ruleset, place, rights & handled)
        _require_success(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _require_success(_libc.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0)))
    finally:
        os.close(ruleset)
    return True


def _grant(ruleset: int, place: str, rights: int) -> None:
    try:
        descriptor = os.open(place, _O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(place):
            rights &= _OF_FILES
        rule = struct.pack("=Qi", rights, descriptor)
        _require_success(_libc.syscall(_ADD_RULE, ctypes.c_int(ruleset), _PATH_BENEATH, rule, ctypes.c_uint32(0)))
    finally:
        os.close(descriptor)


def _require_success(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), f"Landlock: {os.strerror(ctypes.get_errno())}")
    return result


def drop_capabilities() -> bool:
    """Give up what root may do, except reading what Landlock grants.

    Source: capabilities(7), linux/capability.h.
    """
    header, words = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0), ctypes.create_string_buffer(24)
    if _libc.capget(header, words) != 0:
        return False
    kept = [word & _CAP_DAC_READ_SEARCH for word in struct.unpack("=IIIIII", words.raw)]
    return bool(_libc.capset(header, struct.pack("=IIIIII", *kept[:2], 0, 0, 0, 0)) == 0)


def exec_confined(places: Mapping[str, int], command: list[str]) -> NoReturn:
    """Have this process become another program, with everything asked for that outlives the change.

    Here and not there, so that the processes of answers never load `ctypes`, which goes past every hook.
    """
    become_subreaper()
    die_with_parent()
    enter_own_space()
    drop_capabilities()
    confine(places)
    forbid_calls()
    os.execv(command[0], command)


def loaded_libraries() -> set[str]:
    """Return the files that this process has mapped: program, loader, shared libraries."""
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        paths = (line.rstrip("\n").split(maxsplit=5)[5:] for line in maps)
        return {path[0] for path in paths if path and os.path.isfile(path[0])}


def places_without(folder: str, hidden: Iterable[str]) -> dict[str, int]:
    """Return the places of a folder to grant `READ` in, without its hidden folders.

    Landlock only grants. So a folder that holds a hidden one can only be listed, and each of its others is read.
    """
    hidden = tuple(hidden)
    if folder in hidden:
        return {}
    if not any(path.startswith(folder + "/") for path in hidden):
        return {folder: READ}
    places = {folder: LIST}
    for entry in os.scandir(folder):
        if entry.is_symlink():
            target = os.path.realpath(entry.path)
            if not any(f"{path}/".startswith(f"{target}/") or target.startswith(f"{path}/") for path in hidden):
                places[target] = READ
        else:
            places.update(places_without(entry.path, hidden))
    return places
