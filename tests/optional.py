"""What only some tests need: packages, programs, a kernel."""

from __future__ import annotations

import os
from importlib.util import find_spec
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
    """Skip what follows where a package is not installed, without loading it; in CI, where all of them are, fail."""
    if find_spec(name) is None:
        if os.environ.get("CI") == "true":
            raise ModuleNotFoundError(name)
        pytest.skip(f"{name} is not installed", allow_module_level=True)
