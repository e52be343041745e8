"""What the tests of the demos share."""

import contextlib
import resource
import sys

import pytest


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
