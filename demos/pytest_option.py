"""The option `--handgrad-pictures` of pytest, which loads nothing of handgrad's pictures until it is given."""

from __future__ import annotations

import pytest

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


def pytest_configure(config: pytest.Config) -> None:
    """Draw what fails, where a folder for it is given."""
    folder = config.getoption(OPTION)
    if folder:
        from handgrad.viz.pytest_plugin import FailedChecks  # nobody else's tests wait for it

        config.pluginmanager.register(FailedChecks(config.invocation_params.dir, folder), "handgrad-pictures")
