"""What only some tests need: packages, programs, a kernel."""

from __future__ import annotations

import os
from importlib import import_module
from typing import NoReturn

import pytest


def missing(what: str) -> NoReturn:
    """Skip the test that runs where something that it needs is missing; in CI, which has all of it, fail it."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def only_where(condition: object, otherwise: str) -> pytest.MarkDecorator:
    """A mark: skip a test where a condition does not hold; in CI, where it does, the test runs all the same."""
    return pytest.mark.skipif(not condition and os.environ.get("CI") != "true", reason=otherwise)


def needs(name: str) -> None:
    """Skip what follows where a package is not installed; in CI, where all of them are, that is an error."""
    if os.environ.get("CI") == "true":
        import_module(name)
    pytest.importorskip(name)
