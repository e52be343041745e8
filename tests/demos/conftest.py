"""What the tests of the demos share."""

import sys

import pytest


@pytest.fixture
def by_uvx(monkeypatch):
    """The program as `uvx` has installed it, for this one call."""
    monkeypatch.setenv("UV", "/usr/bin/uv")
    monkeypatch.setattr(sys, "prefix", "/home/ada/.cache/uv/archive-v0/A8sOhYKXt0")
