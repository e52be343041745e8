"""The system calls that an answer's process may make, all others refused by the kernel: a filter of seccomp.

It stands before what Landlock does not know of: other processes' memory, signals and limits, sockets, what outlives a
process. It lists what a program of Python's uses, so that a call of tomorrow's kernel is refused today.

Source: seccomp(2), linux/filter.h; the numbers from asm/unistd_64.h and asm-generic/unistd.h.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
from collections.abc import Iterable

ALLOWED: dict[str, tuple[int | None, int | None]] = {
    # Files; which of them is Landlock's to say.
    "read": (0, 63), "write": (1, 64), "open": (2, None), "close": (3, 57), "stat": (4, None), "fstat": (5, 80),
    "lstat": (6, None), "poll": (7, None), "lseek": (8, 62), "pread64": (17, 67), "pwrite64": (18, 68),
    "readv": (19, 65), "writev": (20, 66), "access": (21, None), "pipe": (22, None), "select": (23, None),
    "dup": (32, 23), "dup2": (33, None), "sendfile": (40, 71), "fcntl": (72, 25), "flock": (73, 32), "fsync": (74, 82),
    "fdatasync": (75, 83), "truncate": (76, 45), "ftruncate": (77, 46), "getdents": (78, None), "getcwd": (79, 17),
    "chdir": (80, 49), "fchdir": (81, 50), "rename": (82, None), "mkdir": (83, None), "rmdir": (84, None),
    "creat": (85, None), "link": (86, None), "unlink": (87, None), "symlink": (88, None), "readlink": (89, None),
    "umask": (95, 166), "statfs": (137, 43), "fstatfs": (138, 44), "readahead": (187, 213), "getxattr": (191, 8),
    "lgetxattr": (192, 9), "fgetxattr": (193, 10), "listxattr": (194, 11), "llistxattr": (195, 12),
    "flistxattr": (196, 13), "getdents64": (217, 61), "fadvise64": (221, 223), "openat": (257, 56),
    "mkdirat": (258, 34), "newfstatat": (262, 79), "unlinkat": (263, 35), "renameat": (264, 38), "linkat": (265, 37),
    "symlinkat": (266, 36), "readlinkat": (267, 78), "faccessat": (269, 48), "pselect6": (270, 72), "ppoll": (271, 73),
    "splice": (275, 76), "tee": (276, 77), "sync_file_range": (277, 84), "vmsplice": (278, 75), "fallocate": (285, 47),
    "dup3": (292, 24), "pipe2": (293, 59), "preadv": (295, 69), "pwritev": (296, 70), "renameat2": (316, 276),
    "memfd_create": (319, 279), "copy_file_range": (326, 285), "preadv2": (327, 286), "pwritev2": (328, 287),
    "statx": (332, 291), "close_range": (436, 436), "openat2": (437, 437), "faccessat2": (439, 439),
    # Waiting for several at once, as asyncio does, over a pair of sockets of its own.
    "epoll_create": (213, None), "epoll_wait": (232, None), "epoll_ctl": (233, 21), "epoll_pwait": (281, 22),
    "epoll_create1": (291, 20), "epoll_pwait2": (441, 441), "eventfd": (284, None), "eventfd2": (290, 19),
    "timerfd_create": (283, 85), "timerfd_settime": (286, 86), "timerfd_gettime": (287, 87), "signalfd": (282, None),
    "signalfd4": (289, 74), "socketpair": (53, 199), "sendto": (44, 206), "recvfrom": (45, 207), "sendmsg": (46, 211),
    "recvmsg": (47, 212), "shutdown": (48, 210), "getsockname": (51, 204), "getpeername": (52, 205),
    "setsockopt": (54, 208), "getsockopt": (55, 209), "recvmmsg": (299, 243), "sendmmsg": (307, 269),
    # Memory.
    "mmap": (9, 222), "mprotect": (10, 226), "munmap": (11, 215), "brk": (12, 214), "mremap": (25, 216),
    "msync": (26, 227), "mincore": (27, 232), "madvise": (28, 233), "mlock": (149, 228), "munlock": (150, 229),
    "get_mempolicy": (239, 236), "membarrier": (324, 283), "mlock2": (325, 284), "pkey_mprotect": (329, 288),
    "pkey_alloc": (330, 289), "pkey_free": (331, 290), "map_shadow_stack": (453, 453), "mseal": (462, 462),
    # Signals and time of its own.
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "rt_sigpending": (127, 136),
    "rt_sigtimedwait": (128, 137), "rt_sigsuspend": (130, 133), "sigaltstack": (131, 132), "pause": (34, None),
    "restart_syscall": (219, 128), "nanosleep": (35, 101), "getitimer": (36, 102), "alarm": (37, None),
    "setitimer": (38, 103), "gettimeofday": (96, 169), "times": (100, 153), "time": (201, None),
    "timer_create": (222, 107), "timer_settime": (223, 110), "timer_gettime": (224, 108),
    "timer_getoverrun": (225, 109), "timer_delete": (226, 111), "clock_gettime": (228, 113), "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    # Threads, and processes: how many is held by a limit, and by the grading's look at them. A program is started by
    # whoever puts the filter up; after that, Landlock says which may be.
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "exit": (60, 93), "wait4": (61, 260),
    "waitid": (247, 95), "exit_group": (231, 94), "setpgid": (109, 154), "setsid": (112, 157), "futex": (202, 98),
    "futex_waitv": (449, 449), "futex_wake": (454, 454), "futex_wait": (455, 455), "futex_requeue": (456, 456),
    "set_tid_address": (218, 96), "set_robust_list": (273, 99), "get_robust_list": (274, 100), "rseq": (334, 293),
    "sched_yield": (24, 124), "prctl": (157, 167), "arch_prctl": (158, None), "seccomp": (317, 277),
    "setrlimit": (160, 164),
    # What it is, and where.
    "getpid": (39, 172), "uname": (63, 160), "getrlimit": (97, 163), "getrusage": (98, 165), "sysinfo": (99, 179),
    "getuid": (102, 174), "getgid": (104, 176), "geteuid": (107, 175), "getegid": (108, 177), "getppid": (110, 173),
    "getpgrp": (111, None), "getgroups": (115, 158), "getresuid": (118, 148), "getresgid": (120, 150),
    "getpgid": (121, 155), "getsid": (124, 156), "capget": (125, 90), "getpriority": (140, 141),
    "sched_getparam": (143, 121), "sched_getscheduler": (145, 120), "sched_get_priority_max": (146, 125),
    "sched_get_priority_min": (147, 126), "sched_rr_get_interval": (148, 127), "gettid": (186, 178),
    "sched_getaffinity": (204, 123), "getcpu": (309, 168), "getrandom": (318, 278),
}  # fmt: skip
"""Each call's number, on x86_64 and on aarch64; None where there is none."""

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
    "fsetxattr": (190, 7), "setxattrat": (463, 463), "removexattrat": (466, 466), "file_setattr": (469, 469),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    # Ways into the kernel that a program of Python's has no use for.
    "unshare": (272, 97), "setns": (308, 268), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    # What others do with files: it shows names and times, and takes from what all of the user's programs share.
    "inotify_init": (253, None), "inotify_init1": (294, 26), "inotify_add_watch": (254, 27),
    "fanotify_init": (300, 262), "fanotify_mark": (301, 263),
}  # fmt: skip
"""What is not allowed on purpose, as a reminder of why: none of it may ever come to be allowed."""

IOCTL = (16, 29)
"""ioctl, which is allowed for what is asked of terminals and descriptors, and not for the modes of files
(FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR) or for typing into a terminal (TIOCSTI)."""

REQUESTS = {
    "TCGETS": 0x5401, "TIOCGPGRP": 0x540F, "TIOCGWINSZ": 0x5413, "FIONREAD": 0x541B, "FIONBIO": 0x5421,
    "FIONCLEX": 0x5450, "FIOCLEX": 0x5451, "FIOASYNC": 0x5452, "TCGETS2": 0x802C542A, "FICLONE": 0x40049409,
}  # fmt: skip
"""What ioctl may be asked. Source: asm-generic/ioctls.h, linux/fs.h."""

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
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT, _SECOND_ARGUMENT = 0, 4, 16, 24
_ALLOW, _REFUSE, _IS_NOT_THERE = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS
_NEWEST = 470
"""Beyond it are calls that no library of today knows, and one of tomorrow's does without where they are not there."""

Step = tuple[int, int, int, int]
"""Of the filter: code, how many steps to leap if so, how many if not, and a number."""


def program(machine: str) -> bytes | None:
    """Return the filter for a machine, as the kernel reads it; None for an unknown machine."""
    if machine not in MACHINES:
        return None
    column, architecture = MACHINES[machine]
    steps: list[Step] = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _NUMBER),
        *_match_call(CLONE3[column], [(_RETURN, 0, 0, _IS_NOT_THERE)]),
        *_match_call(CLONE[column], [(_LOAD, 0, 0, _FIRST_ARGUMENT), (_IF_ANY, 0, 1, NAMESPACES), *_NO, *_YES]),
        *_match_call(PRLIMIT[column], [(_LOAD, 0, 0, _FIRST_ARGUMENT), (_IF_EQUAL, 1, 0, 0), *_NO, *_YES]),
        *_match_call(IOCTL[column], [(_LOAD, 0, 0, _SECOND_ARGUMENT), *_one_of(REQUESTS.values()), *_NO]),
        *_allow_ranges(sorted(number for pair in ALLOWED.values() if (number := pair[column]) is not None)),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


_YES: list[Step] = [(_RETURN, 0, 0, _ALLOW)]
_NO: list[Step] = [(_RETURN, 0, 0, _REFUSE)]


def _match_call(number: int, steps: list[Step]) -> list[Step]:
    """Return the steps for one call; they end in a return."""
    return [(_IF_EQUAL, 0, len(steps), number), *steps]


def _one_of(numbers: Iterable[int]) -> list[Step]:
    """Return a return that allows, for each of the numbers."""
    return [step for number in numbers for step in [(_IF_EQUAL, 0, 1, number), *_YES]]


def _allow_ranges(numbers: list[int]) -> list[Step]:
    """Return the steps that allow the calls of a list, by number.

    Walked from below: a number that does not reach the next place where the answer changes has the answer before it.
    """
    steps: list[Step] = []
    is_allowed = False
    allowed = set(numbers)
    for number in range(_NEWEST + 1):
        if (number in allowed) is not is_allowed:
            steps += [(_IF_AT_LEAST, 1, 0, number), *(_YES if is_allowed else _NO)]
            is_allowed = not is_allowed
    assert not is_allowed
    return [*steps, (_IF_AT_LEAST, 1, 0, _NEWEST), *_NO, (_RETURN, 0, 0, _IS_NOT_THERE)]


def forbid_calls() -> bool:
    """Refuse other calls to this process and its descendants; return False if not granted."""
    steps = program(platform.machine())
    if steps is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    held = ctypes.create_string_buffer(steps, len(steps))
    fields = struct.pack("@HP", len(steps) // 8, ctypes.addressof(held))
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    return bool(libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, fields, 0, 0) == 0)
