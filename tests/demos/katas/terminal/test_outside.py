"""A picture, or a page, in whatever program shows it; nothing that would write over the terminal."""

import shutil
import subprocess

import pytest

from handgrad.demos.katas.terminal import outside
from handgrad.demos.katas.terminal.outside import edit, editor, open_outside


@pytest.fixture
def started(monkeypatch):
    """The commands that were started, on a system without any window yet."""
    commands = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **options: commands.append((command, options)))
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return commands


@pytest.mark.parametrize("display", ["DISPLAY", "WAYLAND_DISPLAY"])
def test_with_windows_it_is_opened_apart_from_the_terminal(display, started, monkeypatch):
    monkeypatch.setattr(outside.sys, "platform", "linux")
    monkeypatch.setenv(display, ":0")
    assert open_outside("http://127.0.0.1/")
    ((command, options),) = started
    assert command == ["/bin/xdg-open", "http://127.0.0.1/"]
    assert options["start_new_session"]
    assert options["stdin"] == options["stdout"] == options["stderr"] == subprocess.DEVNULL


def test_without_windows_nothing_is_started(started, monkeypatch):
    monkeypatch.setattr(outside.sys, "platform", "linux")
    assert open_outside("a.svg") is False
    assert started == []


def test_macos_always_has_windows(started, monkeypatch):
    monkeypatch.setattr(outside.sys, "platform", "darwin")
    assert open_outside("a.svg")
    assert started[0][0] == ["/bin/open", "a.svg"]


def test_windows_opens_it_itself_and_where_it_cannot_that_is_no_error(started, monkeypatch):
    opened = []
    monkeypatch.setattr(outside.sys, "platform", "win32")
    monkeypatch.setattr(outside.os, "startfile", opened.append, raising=False)
    assert open_outside("a.svg")
    assert opened == ["a.svg"]

    def cannot(_):
        raise OSError("no program for it")

    monkeypatch.setattr(outside.os, "startfile", cannot)
    assert open_outside("a.svg") is False
    assert started == []


def test_a_program_that_is_missing_or_does_not_start_is_no_error(started, monkeypatch):
    monkeypatch.setattr(outside.sys, "platform", "darwin")

    def cannot(*_, **__):
        raise PermissionError

    monkeypatch.setattr(subprocess, "Popen", cannot)
    assert open_outside("a.svg") is False
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert open_outside("a.svg") is False


@pytest.mark.parametrize(
    ("platform", "text", "command"),
    [
        ("linux", "code --wait", ["code", "--wait"]),
        ("linux", "'/my apps/ed' -n", ["/my apps/ed", "-n"]),
        ("linux", "an 'open quote", []),
        ("win32", r"C:\tools\ed.exe -n", [r"C:\tools\ed.exe", "-n"]),
        ("win32", r'"C:\Program Files\ed.exe" -n', [r"C:\Program Files\ed.exe", "-n"]),
        ("win32", "", []),
    ],
)
def test_an_editors_command_is_split_as_its_system_writes_paths(platform, text, command, monkeypatch):
    monkeypatch.setattr(outside.sys, "platform", platform)
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", text)
    assert editor() == command


def test_an_editor_is_started_by_its_whole_name_where_it_has_one(started, monkeypatch):
    commands = []
    monkeypatch.setattr(subprocess, "run", lambda command, **_: commands.append(command))
    edit(["code", "--wait"], "add.py")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    edit(["mine"], "add.py")
    assert commands == [["/bin/code", "--wait", "add.py"], ["mine", "add.py"]]
