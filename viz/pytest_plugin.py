"""For pytest: the picture of every backward pass that a test found wrong.

`assert_gradients` and `assert_backward` fail with a table. With `--handgrad-pictures DIR` the picture goes to a file of
the test's name in that folder, and the report says where it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..errors import HandgradError
from ..testing import GradientError
from . import save

OPTION = "--handgrad-pictures"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the option."""
    group = parser.getgroup("handgrad", "backward passes by hand")
    group.addoption(
        OPTION,
        metavar="DIR",
        default=None,
        help="write the picture of each gradient check that fails into this folder, as an SVG",
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Iterator[None]:
    """Draw what a failed check compared, and say where."""
    report: Any = yield
    folder = item.config.getoption(OPTION)
    error = call.excinfo.value if call.excinfo is not None else None
    if folder and isinstance(error, GradientError):
        name = re.sub(r"[^\w.-]+", "_", item.nodeid).strip("_")
        try:
            drawn = str(save(error.comparison, Path(folder) / f"{name[-150:]}.svg"))
        except HandgradError as problem:  # the failure of the test is what counts
            drawn = f"not written: {problem}"
        report.sections.append(("picture of the gradients", drawn))
    return report
