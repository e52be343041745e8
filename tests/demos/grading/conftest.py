"""Grading needs Linux: elsewhere its tests are not even imported, as some ask the kernel what it can."""

import contextlib
import socket
import sys
from dataclasses import asdict

import pytest

if sys.platform != "linux":
    collect_ignore_glob = ["*"]


@pytest.fixture
def ends():
    """The two ends of a connection, bare."""
    pair = socket.socketpair()
    yield pair
    for end in pair:
        end.close()


@pytest.fixture(scope="session")
def grading():
    """The folder of a grading and its workers, one and two at once: to start them takes longer than to grade."""
    from handgrad.demos.grading.fence.tree import grading_folder
    from handgrad.demos.grading.running.pool import Pool

    with grading_folder() as folder, Pool(1, folder) as alone, Pool(2, folder) as together:
        yield folder, alone, together


@pytest.fixture(scope="session")
def with_kept_workers(grading):
    """While it lasts, every grading has the workers of the one before it, and what they know of the katas' own files.

    As in: with with_kept_workers(): ...
    """
    from handgrad.demos.grading.running import grader

    folder, alone, together = grading
    try_own_files, known = grader.Grader._baseline, {}

    def baseline(self, worker, name):
        key = self._rules[name]
        if key not in known:
            known[key] = try_own_files(self, worker, name)
        elif f"baseline {key}" not in self._journal.entries:
            self._journal.add(f"baseline {key}", {"baseline": asdict(known[key][name])})
        return known[key]

    @contextlib.contextmanager
    def kept():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(grader, "grading_folder", lambda: contextlib.nullcontext(folder))
            patch.setattr(grader, "Pool", lambda size, _: contextlib.nullcontext(alone if size == 1 else together))
            patch.setattr(grader.Grader, "_baseline", baseline)
            yield

    return kept


@pytest.fixture
def kept_workers(with_kept_workers):
    """Every grading of the test has the workers of the one before it."""
    with with_kept_workers():
        yield
