"""Which tests a run has, with no clock; and PyTorch, for the tests that ask for it."""

from __future__ import annotations

import gc
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.drawing import (  # noqa: F401 (hooks of pytest's)
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_ignore_collect,
    pytest_report_header,
    pytest_terminal_summary,
    pytest_xdist_make_scheduler,
)
from tests.optional import needs

# The wheel alone is tested without it.
if find_spec("hypothesis") is not None:
    from hypothesis import HealthCheck, settings

    # Both are limits of the clock.
    settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """Keep what is loaded by now from being walked: by the collector, and by a check that looks for open files.

    The collector is to come less often, too: it takes a twelfth of the time of a check.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Have a worker of pytest-xdist report a test that went well once, and not its set-up and its tear-down as well.

    Each report goes to the process that counts them, and costs as much as a cheap test.
    """
    if not hasattr(item.config, "workerinput"):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for report in runtestprotocol(item, nextitem=nextitem, log=False):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.fixture(scope="session")
def torch() -> Any:
    """The module; where it is not installed, a test that takes it is skipped, and no other."""
    needs("torch")
    return import_module("torch")
