"""What the documents have from elsewhere: where the project is, and a page of the commands' own help."""

import importlib.util
from types import SimpleNamespace

import pytest

from handgrad.demos.cli import command_names
from tests.optional import needs
from tests.project import DOCUMENTS, ROOT, SOURCE


@pytest.fixture(scope="module")
def hook():
    """The module, which MkDocs loads by its path."""
    needs("mkdocs")
    spec = importlib.util.spec_from_file_location("hook", ROOT / "demos" / "docs" / "pages_from_elsewhere.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_it_takes_is_there_and_nothing_of_it_has_a_second_place(hook):
    for place, path in hook.ELSEWHERE.items():
        assert path.is_file(), path
        assert not (ROOT / "demos" / "docs" / "pages" / place).exists(), place


def test_the_addresses_are_the_packages(hook):
    config = hook.on_config(SimpleNamespace(site_url="", extra={}))
    assert config.site_url == f"{DOCUMENTS}/"
    assert [entry["link"] for entry in config.extra["social"]] == [SOURCE]


def test_every_command_stands_there_with_the_options_that_it_has(hook):
    text = hook.commands()
    sections = text.split("\n## ")[1:]
    assert [section.partition("\n")[0] for section in sections] == [
        f"handgrad {name}" for name in sorted(command_names())
    ]
    (grade,) = (section for section in sections if section.startswith("handgrad grade\n"))
    assert "Usage: handgrad grade [OPTIONS] DIR" in grade
    assert "--limits" in grade
    assert text.count("```") == 2 * len(sections)
