"""What the documents have from elsewhere: where the project is, the commands' own help, a list for language models."""

import re

import pytest

from handgrad.demos.cli import command_names
from tests.demos.docs.builder import builder
from tests.optional import needs
from tests.project import DOCUMENTS, ROOT, SOURCE

PAGES = ROOT / "demos" / "docs" / "pages"


@pytest.fixture(scope="module")
def build():
    """The program, as a module."""
    needs("yaml")
    return builder()


@pytest.fixture(scope="module")
def laid_out(build, tmp_path_factory):
    """What a build reads."""
    folder = tmp_path_factory.mktemp("docs")
    build.lay_out(folder)
    return folder / "pages"


def test_what_it_takes_is_there_and_nothing_of_it_has_a_second_place(build):
    for place, path in build.ELSEWHERE.items():
        assert path.is_file(), path
        assert not (PAGES / place).exists(), place


def test_the_addresses_are_the_packages(build):
    settings = build.settings()
    assert settings["site_url"] == f"{DOCUMENTS}/"
    assert [entry["link"] for entry in settings["extra"]["social"]] == [SOURCE]


def test_every_command_stands_there_with_the_options_that_it_has(build):
    text = build.commands()
    sections = text.split("\n## ")[1:]
    assert [section.partition("\n")[0] for section in sections] == [
        f"handgrad {name}" for name in sorted(command_names())
    ]
    (grade,) = (section for section in sections if section.startswith("handgrad grade\n"))
    assert "Usage: handgrad grade [OPTIONS] DIR" in grade
    assert "--limits" in grade
    assert text.count("```") == 2 * len(sections)


@pytest.mark.rest
def test_every_page_stands_in_the_list_for_language_models_with_its_heading_and_a_sentence(laid_out):
    text = (laid_out / "llms.txt").read_text("utf-8")
    assert text.startswith("# handgrad\n\n> ")
    entries = dict(re.findall(r"^- \[[^\]]+\]\(" + re.escape(DOCUMENTS) + r"/(.+)\.html\)(: .+)?$", text, re.MULTILINE))
    written = {page.relative_to(laid_out).with_suffix("").as_posix() for page in laid_out.rglob("*.md")}
    assert set(entries) == written
    assert sum(map(bool, entries.values())) > 0.8 * len(entries)


def test_the_schema_is_where_it_says_that_it_is(build):
    schema = (ROOT / "demos" / "handgrad.schema.json").read_text("utf-8")
    assert f'"$id": "{DOCUMENTS}/handgrad.schema.json"' in schema
    assert "handgrad.schema.json" in build.ELSEWHERE
