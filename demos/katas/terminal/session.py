"""A session of `handgrad watch` in a terminal: its keys, and what is saved meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...invocation import own_name
from ...usage import say
from ..judging.warm import WarmProcess
from ..workspace.workspace import Workspace
from .keyboard import read_keys, read_unbuffered
from .watch import Watch

POLL_SECONDS = 0.1
"""How often the files are looked at where nobody tells of a change."""


def run_watch(workspace: Workspace, timeout: float, welcome: str = "") -> None:
    """Run a session in the terminal until q or Ctrl-C, beginning with a welcome."""
    warm = WarmProcess()
    stop = threading.Event()
    session = Watch(workspace, timeout, warm)
    events = session.events
    if welcome:
        events.put(lambda: session.say(welcome))
    try:
        with read_unbuffered(lambda: events.put(session.draw)):
            threads = (
                threading.Thread(target=_watch_files, args=(session, stop), daemon=True),
                threading.Thread(
                    target=read_keys, args=(lambda key: events.put(lambda: session.press(key)),), daemon=True
                ),
            )
            for thread in threads:
                thread.start()
            session.run()
    except KeyboardInterrupt:
        pass
    finally:
        stop.set()
        session.close()
    say(f"Everything is kept. Go on any time with: {own_name()}")


def _watch_files(session: Watch, stop: threading.Event) -> None:
    """Have the session look at every change of a file, and now and then without one.

    The latter finds what was saved before the watching began, or on a disk that reports nothing.
    """
    try:
        for _ in _changes(session.workspace.folder, stop):
            session.events.put(session.look)
    except (ImportError, OSError):  # watchfiles is not installed, or the system watches too many files already
        while not stop.wait(POLL_SECONDS):
            session.events.put(session.look)


def _changes(folder: Path, stop: threading.Event) -> Iterator[object]:
    """Yield when a Python file has changed, and now and then without one.

    Raises:
        ImportError: watchfiles is not there.
        OSError: the system watches too many files already.
    """
    from watchfiles import watch

    def is_python(_: object, path: str) -> bool:
        return path.endswith(".py")

    # Short steps: the time from the save to the verdict is what a learner feels.
    options: dict[str, Any] = {"step": 20, "debounce": 400, "rust_timeout": 250, "yield_on_timeout": True}
    return watch(folder, watch_filter=is_python, stop_event=stop, **options)
