"""The filter of system calls."""

import os
import platform
import re
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
    asked = {**calls.FORBIDDEN, "prlimit64": calls.PRLIMIT, "clone": calls.CLONE, "clone3": calls.CLONE3}
    # A header older than a call does not have it.
    known = {name: pair[column] for name, pair in asked.items() if pair[column] is not None and name in numbers}
    assert len(known) > 45
    assert known == {name: int(numbers[name]) for name in known}
