"""Run an answer in a process of its own that is killed, with all it started, when its time is up."""

from __future__ import annotations

import contextlib
import gc
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from .environment import ONE_THREAD, module_command, own_environment
from .job import LOADING, OUTPUT, Ending, Job, Limits
from .stopwatch import CAN_COUNT, Stopwatch

Cancelled = Callable[[], bool]

CAN_FORK = hasattr(os, "fork") and sys.platform != "darwin"
"""Not on macOS, whose libraries may have started threads. Source: the start methods, in the docs of multiprocessing."""

SPARE = 5
"""Seconds by which a process's own limits exceed the parent's, who may begin to count a little later."""


def never() -> bool:
    """Return False: a run that is not cancelled."""
    return False


def idle() -> None:
    """Do nothing but wait."""


def load() -> None:
    """Import what runs need, so that forks of this process have it."""
    if not CAN_FORK:
        return
    from .ready import preload

    preload(draws=True)


def run_preloaded(then: Callable[[], object]) -> None:
    """Do something with many runs, whose forks have imports and a session of pytest ready.

    Raises:
        BaseException: what `then` raises.
    """
    if not CAN_FORK:
        then()
        return
    load()
    from .running import run_with_session

    run_with_session(then)


def run(job: Job, cancelled: Cancelled = never, *, meanwhile: Callable[[], object] = idle) -> Ending:
    """Run a job in a process of its own, in the quickest safe way.

    Args:
        meanwhile: done by this process while that one loads what the tests need: with a second core it costs no time.
    """
    # A fork of a process with threads may find a lock held by a thread that it does not have.
    if CAN_FORK and threading.active_count() == 1:
        return run_forked(job, cancelled, meanwhile)
    return run_spawned(job, cancelled, meanwhile)


def run_forked(job: Job, cancelled: Cancelled = never, meanwhile: Callable[[], object] = idle) -> Ending:
    """Run a job in a fork, which has everything imported already."""
    gc.freeze()  # the collector need not visit, and so copy, what the fork shares with us
    sys.stdout.flush()
    sys.stderr.flush()
    _loading(job).touch()
    pid = os.fork()
    if pid == 0:
        _be_the_fork(job)
    return _wait(lambda: os.waitpid(pid, os.WNOHANG)[0] != 0, pid, job, cancelled, meanwhile)


def _be_the_fork(job: Job) -> None:
    status = 1
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        nothing = os.open(os.devnull, os.O_RDONLY)
        output = os.open(_output(job), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(nothing, 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.closerange(3, 256)
        sys.stdin = os.fdopen(0, encoding="utf-8", closefd=False)
        sys.stdout = os.fdopen(1, "w", encoding="utf-8", errors="replace", closefd=False)
        sys.stderr = os.fdopen(2, "w", encoding="utf-8", errors="replace", closefd=False)
        run_here(job)
        sys.stdout.flush()
        sys.stderr.flush()
        status = 0
    finally:
        # Not through sys.exit: the parent's clean-up must not happen twice.
        os._exit(status)


def run_spawned(job: Job, cancelled: Cancelled = never, meanwhile: Callable[[], object] = idle) -> Ending:
    """Run a job in a fresh interpreter: slower, and possible everywhere."""
    environment = {**own_environment(), "PYTHONIOENCODING": "utf-8:replace"}
    options: dict[str, object] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    _loading(job).touch()
    with open(_output(job), "wb") as output:
        process = subprocess.Popen(
            module_command("handgrad.demos.katas.judging.isolate", job.to_json()),
            cwd=job.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            **options,  # type: ignore[call-overload]
        )
        ending = _wait(lambda: process.poll() is not None, process.pid, job, cancelled, meanwhile)
        process.wait()
    return ending


def run_here(job: Job) -> None:
    """Run a job in this very process, which is of no use afterwards."""
    _set_limits(job.limits)
    from .examine import examine

    _set_time_limits(job.limits.patience)
    _loading(job).unlink(missing_ok=True)
    if CAN_COUNT:
        Stopwatch(str(Path(job.folder, f"{job.name}.py")), job.limits.seconds, Path(job.report)).start()
    picture = None if job.picture is None else Path(job.picture)
    examine(Path(job.folder), job.name, Path(job.report), picture, until=job.until, upto=job.upto)


def _wait(
    is_over: Callable[[], bool], pid: int, job: Job, cancelled: Cancelled, meanwhile: Callable[[], object]
) -> Ending:
    """Wait for the end of a process; kill it when its time is up."""
    deadline = math.inf
    pause = 0.001
    ending = Ending.ENDED
    try:
        meanwhile()
        while not is_over():
            # What the process imports first is no fault of the answer's.
            if deadline == math.inf and not os.path.exists(_loading(job)):
                deadline = time.monotonic() + job.limits.patience
            if cancelled():
                ending = Ending.CANCELLED
            elif time.monotonic() > deadline:
                ending = Ending.TIMEOUT
            if ending is not Ending.ENDED:
                break
            time.sleep(pause)
            pause = min(1.5 * pause, 0.01)
    except BaseException:
        ending = Ending.CANCELLED
        raise
    finally:
        _kill_group(pid)  # at a good end too: what the answer started may still run
        while ending is not Ending.ENDED and not is_over():
            # A process that has only just begun leads no group yet.
            _kill(pid)
            time.sleep(0.001)
    return ending


def _kill_group(pid: int) -> None:
    if sys.platform == "win32":
        command = ["taskkill", "/F", "/T", "/PID", str(pid)]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _kill(pid: int) -> None:
    _kill_group(pid)
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _set_limits(limits: Limits) -> None:
    os.environ.update(ONE_THREAD)
    if sys.platform == "win32":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


def _set_time_limits(seconds: float) -> None:
    """Limit the process's own time, should the parent that watches the clock be killed."""
    if sys.platform == "win32":
        return
    import resource

    most = int(seconds) + SPARE
    of_processor = int(time.process_time()) + most
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (of_processor, of_processor))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(most)


def _loading(job: Job) -> Path:
    return Path(job.report) / LOADING


def _output(job: Job) -> Path:
    return Path(job.report) / OUTPUT


if __name__ == "__main__":
    run_here(Job.from_json(sys.argv[1]))
