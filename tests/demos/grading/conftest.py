"""Grading needs Linux: elsewhere its tests are not even imported, as some ask the kernel what it can."""

import contextlib
import socket
import sys

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
    """While it lasts, every grading has the workers of the one before it: with with_kept_workers(): ..."""
    from handgrad.demos.grading.running import grader

    folder, alone, together = grading

    @contextlib.contextmanager
    def kept():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(grader, "grading_folder", lambda: contextlib.nullcontext(folder))
            patch.setattr(grader, "Pool", lambda size, _: contextlib.nullcontext(alone if size == 1 else together))
            yield

    return kept


@pytest.fixture
def kept_workers(with_kept_workers):
    """Every grading of the test has the workers of the one before it."""
    with with_kept_workers():
        yield
