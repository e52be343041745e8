"""What the tests of the demos share."""

import contextlib
import resource
import sys

import pytest

from handgrad.demos.katas.judging import isolate
from handgrad.demos.katas.judging.warm import WarmProcess
from tests.demos.judged import JudgedOnce
from tests.demos.sharing import shared_folder


@pytest.fixture(scope="session")
def warm():
    """A process that has pytest and the engine loaded: it takes longer to start than most tests."""
    process = WarmProcess()
    yield process
    process.close()


@pytest.fixture(scope="session")
def judged_once(warm, tmp_path_factory):
    """Runs a job in that process, and an answer that was judged before not at all."""
    return JudgedOnce(warm.run, shared_folder(tmp_path_factory) / "judged")


@pytest.fixture
def warm_checks(warm, monkeypatch):
    """What is checked runs in forks of `warm`, which have pytest's session ready, and not in forks of this process."""

    def run_warm(job, cancelled=isolate.never, meanwhile=isolate.idle):
        meanwhile()
        return warm.run(job, lambda: not cancelled())

    monkeypatch.setattr(isolate, "run_forked", run_warm)
    monkeypatch.setattr(isolate, "run_spawned", run_warm)
    monkeypatch.setattr(isolate, "load", lambda: None)


@pytest.fixture
def by_uvx(monkeypatch):
    """The program as `uvx` has installed it, for this one call."""
    monkeypatch.setenv("UV", "/usr/bin/uv")
    monkeypatch.setattr(sys, "prefix", "/home/ada/.cache/uv/archive-v0/A8sOhYKXt0")


@pytest.fixture
def full_disk():
    """While it lasts, no file can hold more than a few bytes: with full_disk(): ..."""

    @contextlib.contextmanager
    def full():
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return full
