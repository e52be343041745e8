"""Packages that only some tests need."""

from __future__ import annotations

import os
from importlib import import_module

import pytest


def needs(name: str) -> None:
    """Skip what follows where a package is not installed; in CI, where all of them are, that is an error."""
    if os.environ.get("CI") == "true":
        import_module(name)
    pytest.importorskip(name)
