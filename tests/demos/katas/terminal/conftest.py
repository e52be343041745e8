"""What the tests of the terminal share."""

import pytest

from tests.demos.katas.terminal.sessions import Session


@pytest.fixture
def play(warm, capsys, monkeypatch):
    """A session in a workspace: play(workspace)."""
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):  # without them nothing opens a window
        monkeypatch.delenv(name, raising=False)
    for name, value in {"FORCE_COLOR": "1", "NO_COLOR": "1", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)

    def begin(workspace, columns=80, rows=40, timeout=10.0):
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("LINES", str(rows))
        return Session(workspace, timeout, warm, capsys)

    return begin
