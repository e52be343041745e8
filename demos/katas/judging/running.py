"""Run the tests of a file with pytest: in a session of their own, or in one that was ready before the process forked.

Three quarters of the time of a short run go into what does not depend on its tests: settings, plugins, fixtures.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .temporary import temporary_folder

UNUSED = (
    "cacheprovider", "doctest", "faulthandler", "junitxml", "legacypath", "logging", "pastebin", "setuponly",
    "setupplan", "stepwise", "terminal", "threadexception", "unraisableexception",
)  # fmt: skip
"""Plugins of pytest that a kata's tests do without: a third of the time of a short run is theirs."""

_ready: list[tuple[Path, pytest.Session]] = []
"""The session that waits for tests, where this process has one, and the folder in whose subfolders they lie."""


def run_tests(test: Path, plugins: list[Any], config: Path) -> int:
    """Run a file of tests, whatever the user's own settings of pytest are.

    Args:
        config: an empty file, beside which pytest looks no further for settings.
    """
    for top, session in _ready:
        if top in test.parents:
            return _run_in(session, test, plugins)
    return _main(test, plugins, config, test.parent)


def run_with_session(then: Callable[[], object]) -> None:
    """Run something in a process that has a session of pytest ready.

    Raises:
        BaseException: what `then` raises.
    """
    with contextlib.ExitStack() as needed:
        folder = needed.enter_context(temporary_folder("check"))
        config = folder / "pytest.ini"
        config.write_text("[pytest]\n", encoding="utf-8")
        waiting = _Waiting(then, folder.parent, needed.close)
        _main(folder, [waiting], config, folder)
    if waiting.error is not None:
        raise waiting.error


class _Waiting:
    """A plugin that does something else where pytest would collect tests.

    Args:
        then: what it does.
        top: the folder in whose subfolders tests may lie.
        has_begun: called when pytest needs its files no more.
    """

    def __init__(self, then: Callable[[], object], top: Path, has_begun: Callable[[], object]) -> None:
        self._then, self._top, self._has_begun = then, top, has_begun
        self.error: BaseException | None = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> bool:
        self._has_begun()
        _ready.append((self._top, session))
        try:
            self._then()
        except BaseException as error:  # pytest would print it, and go on
            self.error = error
        finally:
            _ready.clear()
        return True


def _main(test: Path, plugins: list[Any], config: Path, top: Path) -> int:
    for variable in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
        os.environ.pop(variable, None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    # Plain assertions: pytest's rewritten ones print the expected number.
    # Without the last, pytest lists every folder from the root of the disk down to the tests.
    options = ["--assert=plain", "--capture=no", "-c", str(config), f"--confcutdir={top}"]
    without = [argument for name in UNUSED for argument in ("-p", f"no:{name}")]
    return pytest.main([*options, *without, str(test)], plugins=plugins)


def _run_in(session: pytest.Session, test: Path, plugins: list[Any]) -> int:
    """Return what pytest does with a session of its own, from the collection on."""
    hook = session.config.hook
    for plugin in plugins:
        session.config.pluginmanager.register(plugin)
    try:
        session.perform_collect([str(test)])
        hook.pytest_runtestloop(session=session)
    except session.Failed:
        return pytest.ExitCode.TESTS_FAILED
    except (KeyboardInterrupt, pytest.exit.Exception):
        hook.pytest_keyboard_interrupt(excinfo=pytest.ExceptionInfo.from_current())
        return pytest.ExitCode.INTERRUPTED
    except BaseException:
        return pytest.ExitCode.INTERNAL_ERROR
    if session.testsfailed:
        return pytest.ExitCode.TESTS_FAILED
    return pytest.ExitCode.OK if session.testscollected else pytest.ExitCode.NO_TESTS_COLLECTED
