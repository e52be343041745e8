"""System calls that an answer's process has no use for, refused by the kernel: a filter of seccomp.

What Landlock does not know of: other processes' memory, signals and limits, sockets, what outlives a process.
Source: seccomp(2), linux/filter.h; the numbers from asm/unistd_64.h and asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

FORBIDDEN: dict[str, tuple[int | None, int | None]] = {
    # Other processes: their memory, their signals, their limits and how fast they run.
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "process_madvise": (440, 440), "kcmp": (312, 272), "kill": (62, 129), "tkill": (200, 130), "tgkill": (234, 131),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "sched_setattr": (314, 274), "sched_setaffinity": (203, 122),
    "setpriority": (141, 140), "ioprio_set": (251, 30),
    # Other machines, and sockets of other programs.
    "socket": (41, 198), "bind": (49, 200), "connect": (42, 203), "listen": (50, 201),
    # What outlives a process.
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190), "msgget": (68, 186),
    "mq_open": (240, 180), "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    # Modes and dates, also of files that cannot be read.
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None), "utimes": (235, None),
    "utimensat": (280, 88), "futimesat": (261, None), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    # Ways into the kernel that a program of Python's has no use for.
    "unshare": (272, 97), "setns": (308, 268), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    # What others do with files: it shows names and times, and takes from what all of the user's programs share.
    "inotify_init": (253, None), "inotify_init1": (294, 26), "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262), "fanotify_mark": (301, 263),
}  # fmt: skip
"""Each call's number, on x86_64 and on aarch64; None where there is none."""

PRLIMIT = (302, 261)
"""prlimit64, which is allowed for the process itself (0), and for no other."""

CLONE, CLONE3 = (56, 220), (435, 435)
"""clone makes threads and processes, but no namespaces; clone3, whose flags a filter cannot read, is not there, and
every program makes do with clone then."""

NAMESPACES = 0x7E020080
"""The flags of clone for a new namespace: user, pid, net, ipc, uts, cgroup, mount and time."""

MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Which of the numbers, and how the kernel names the machine's calls."""

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_PR_SET_NO_NEW_PRIVS = 38
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _IF_ANY, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _REFUSE, _IS_NOT_THERE = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_X32 = 0x40000000
"""Calls of the third kind that x86_64 knows begin here."""


def program(machine: str) -> bytes | None:
    """The filter for a machine, as the kernel reads it; None for one whose numbers are not known here."""
    if machine not in MACHINES:
        return None
    column, architecture = MACHINES[machine]
    numbers = [number for pair in FORBIDDEN.values() if (number := pair[column]) is not None]
    # Each step is (code, how many steps to leap if so, how many if not, number).
    refusal = len(numbers) + 13
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 0, refusal - 2, architecture),
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, refusal - 4, 0, _X32),
        *((_IF_EQUAL, refusal - place - 1, 0, number) for place, number in enumerate(numbers, 4)),
        (_IF_EQUAL, 6, 0, CLONE3[column]),
        (_IF_EQUAL, 0, 2, CLONE[column]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_IF_ANY, 5, 4, NAMESPACES),
        (_IF_EQUAL, 0, 3, PRLIMIT[column]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_IF_EQUAL, 1, 2, 0),
        (_RETURN, 0, 0, _IS_NOT_THERE),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def forbid_calls() -> bool:
    """Have this process, and all that descends from it, refused those calls; False where that is not granted."""
    steps = program(platform.machine())
    if steps is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    held = ctypes.create_string_buffer(steps, len(steps))
    fields = struct.pack("@HP", len(steps) // 8, ctypes.addressof(held))
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, fields, 0, 0) == 0)
