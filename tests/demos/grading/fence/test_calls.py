"""The filter of system calls."""

import os
import platform
import re
import struct
from pathlib import Path

import pytest

from handgrad.demos.grading.fence import calls
from tests.demos.programs import run
from tests.optional import missing, only_where

FILTERED = """
import ctypes, os, resource, signal, socket, threading
from handgrad.demos.grading.fence import calls
assert calls.forbid_calls()
def attempt(what):
    try:
        what()
    except PermissionError:
        print("refused")
    else:
        print("done")
parent = os.getppid()
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
def call(*arguments):
    result = libc.syscall(*map(ctypes.c_long, arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    if result == 0 and os.getppid() != parent:
        os._exit(0)
def clone(flags):
    call(calls.CLONE[column], flags | signal.SIGCHLD, 0, 0, 0, 0)
def number(name):
    return calls.FORBIDDEN[name][column]
column = calls.MACHINES[os.uname().machine][0]
new_user, new_net, new_time = 0x10000000, 0x40000000, 0x80
for what in (
    lambda: clone(new_user), lambda: clone(new_net), lambda: clone(new_time), lambda: call(number("unshare"), new_user),
    lambda: call(number("inotify_init1"), 0), lambda: call(number("fanotify_init"), 0, 0), lambda: clone(0),
    lambda: os.kill(parent, 0), lambda: os.setpriority(os.PRIO_PROCESS, parent, 19), lambda: os.chmod(sys.argv[1], 0),
    lambda: os.sched_setaffinity(parent, {0}), lambda: resource.prlimit(parent, resource.RLIMIT_NOFILE, (64, 64)),
    lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM), lambda: socket.socket(socket.AF_UNIX),
    lambda: os.utime(sys.argv[1]), lambda: os.chown(sys.argv[1], -1, -1),
    lambda: resource.setrlimit(resource.RLIMIT_CORE, (0, 0)), lambda: threading.Thread(target=print).start(),
    lambda: os.waitpid(os.fork() or os._exit(0), 0), lambda: socket.socketpair(), lambda: open(sys.argv[1]).read(),
):
    attempt(what)
"""


@only_where(platform.machine() in calls.MACHINES, "numbers of calls are not known")
def test_a_filtered_process_reaches_no_other_and_goes_on_with_its_own_work(tmp_path):
    (tmp_path / "file").write_text("")
    told = [line for line in run(FILTERED, tmp_path / "file").splitlines() if line]
    assert told == [*["refused"] * 6, "done", *["refused"] * 9, *["done"] * 5]
    assert os.stat(tmp_path / "file").st_mode & 0o777 != 0


@pytest.mark.parametrize(
    ("header", "column"),
    [("x86_64-linux-gnu/asm/unistd_64.h", 0), ("asm-generic/unistd.h", 1)],
)
def test_the_numbers_of_the_calls_are_those_of_the_kernels_headers(header, column):
    path = Path("/usr/include") / header
    if not path.exists():
        missing("there are no headers here: apt-get install linux-libc-dev")
    numbers = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", path.read_text()))
    asked = {
        **calls.ALLOWED,
        **calls.FORBIDDEN,
        "ioctl": calls.IOCTL,
        "prlimit64": calls.PRLIMIT,
        "clone": calls.CLONE,
        "clone3": calls.CLONE3,
    }
    # A header older than a call does not have it.
    known = {name: pair[column] for name, pair in asked.items() if pair[column] is not None and name in numbers}
    assert len(known) > 150
    assert known == {name: int(numbers[name]) for name in known}


NATIVE = """
import ctypes, errno, sys
from handgrad.demos.grading.fence import calls
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
assert calls.forbid_calls()
column = calls.MACHINES[__import__("os").uname().machine][0]
for asked in sys.argv[1:]:
    number, *arguments = map(int, asked.split(","))
    result = libc.syscall(*map(ctypes.c_long, (calls.IOCTL[column] if number < 0 else number, *arguments)))
    print(errno.errorcode.get(ctypes.get_errno(), "?") if result < 0 else "done")
"""


@only_where(platform.machine() in calls.MACHINES, "numbers of calls are not known")
def test_native_code_reaches_no_call_that_is_not_on_the_list():
    """Each with arguments on which the kernel would have another answer."""
    unlisted = [451, 457, 458, 459, 460, 461, 463, 464, 465, 466, 467, 468, 469, 470]
    told = run(NATIVE, *[f"{number},-1,0,0,0,0,0" for number in unlisted]).split()
    assert told == [*["EPERM"] * 13, "ENOSYS"]


@only_where(platform.machine() in calls.MACHINES, "numbers of calls are not known")
@pytest.mark.parametrize("request_of", [0x40086602, 0x401C5820, 0x5412, 0x80086601])
def test_ioctl_changes_no_modes_and_types_into_no_terminal(request_of):
    """FS_IOC_SETFLAGS, FS_IOC_FSSETXATTR, TIOCSTI and FS_IOC_GETFLAGS; on no descriptor it would be EBADF."""
    assert run(NATIVE, f"-1,-1,{request_of},0", f"-1,-1,{0x5401},0").split() == ["EPERM", "EBADF"]


def answer_of(program, number, *arguments):
    """What a filter answers to a call, worked out step by step."""
    steps = [struct.unpack_from("=HBBI", program, place) for place in range(0, len(program), 8)]
    data = {0: number, 4: 0xC000003E, **{16 + 8 * place: argument for place, argument in enumerate(arguments)}}
    place, held = 0, 0
    while True:
        code, if_so, if_not, value = steps[place]
        place += 1
        if code == 0x06:
            return value
        if code == 0x20:
            held = data.get(value, 0)
        else:
            holds = {0x15: held == value, 0x35: held >= value, 0x45: bool(held & value)}[code]
            place += if_so if holds else if_not


def test_every_number_has_the_answer_that_the_list_gives_it():
    program = calls.program("x86_64")
    allowed = {pair[0] for pair in calls.ALLOWED.values()}
    conditional = {pair[0] for pair in (calls.CLONE, calls.CLONE3, calls.PRLIMIT, calls.IOCTL)}
    for number in [*range(600), 1 << 30, (1 << 30) + 1, (1 << 32) - 1]:
        if number not in conditional:
            assert (answer_of(program, number) == 0x7FFF0000) is (number in allowed), number
    assert len(program) // 8 < 4096


def test_nothing_is_both_allowed_and_forbidden_and_each_number_is_one_calls():
    for column in (0, 1):
        numbers = [pair[column] for pair in (*calls.ALLOWED.values(), *calls.FORBIDDEN.values())]
        numbers = [number for number in numbers if number is not None]
        assert len(set(numbers)) == len(numbers)
