"""The name under which the program is found again."""

import importlib.metadata
import sys
from types import SimpleNamespace

import pytest

from handgrad.demos.invocation import own_name


@pytest.mark.parametrize(
    ("prefix", "has_uv", "name"),
    [
        ("/home/ada/course/.venv", False, "handgrad"),
        ("/home/ada/course/.venv", True, "handgrad"),  # uv run
        ("/home/ada/.local/share/uv/tools/handgrad", False, "handgrad"),
        ("/home/ada/.cache/uv/archive-v0/A8sOhYKXt0", True, "uvx handgrad"),
        ("/home/ada/.cache/uv/archive-v0/A8sOhYKXt0", False, "handgrad"),  # by its own path
        ("/home/ada/.cache/uv/environments-v2/handgrad-1f2e", True, "uvx handgrad"),
        ("/home/ada/.local/share/pipx/venvs/handgrad", False, "handgrad"),
        ("/home/ada/.cache/pipx/d2ac25025b370fd", False, "pipx run handgrad"),
    ],
)
def test_a_runner_that_installed_it_for_one_call_is_part_of_the_name(prefix, has_uv, name, monkeypatch):
    monkeypatch.setattr(sys, "prefix", prefix)
    monkeypatch.delenv("UV", raising=False)
    if has_uv:
        monkeypatch.setenv("UV", "/usr/bin/uv")
    assert own_name() == name


@pytest.mark.parametrize(
    ("prefix", "name"),
    [
        ("/home/ada/.cache/uv/archive-v0/A8sOhYKXt0", "uvx --from git+https://example.org/ada/handgrad handgrad"),
        ("/home/ada/.cache/pipx/d2ac25025b370fd", "pipx run --spec git+https://example.org/ada/handgrad handgrad"),
    ],
)
def test_a_runner_that_installed_it_from_a_repository_is_called_with_it_again(prefix, name, monkeypatch):
    monkeypatch.setattr(sys, "prefix", prefix)
    monkeypatch.setenv("UV", "/usr/bin/uv")
    recorded = '{"url": "https://example.org/ada/handgrad", "vcs_info": {"vcs": "git", "commit_id": "0" }}'
    metadata = SimpleNamespace(read_text={"direct_url.json": recorded}.get)
    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: metadata)
    assert own_name() == name
