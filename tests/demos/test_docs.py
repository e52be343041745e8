"""The documents: every page in its place, every link whole, nothing loaded from elsewhere."""

import re
import shutil
from pathlib import Path

import pytest

from handgrad.demos.cli import main

DOCS = Path(__file__).parents[2] / "demos" / "docs"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages as built, strictly: a link to nowhere, or a page that the navigation lacks, is an error."""
    build, load_config = (pytest.importorskip(f"mkdocs.{name}") for name in ("commands.build", "config"))
    package = tmp_path_factory.mktemp("package")
    shutil.copytree(DOCS.parents[1] / "engine", package / "handgrad", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("viz", "demos"):
        (package / "handgrad" / name).mkdir()
        for file in (DOCS.parents[1] / name).rglob("*.py"):
            place = package / "handgrad" / file.relative_to(DOCS.parents[1])
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, place)
    out = tmp_path_factory.mktemp("docs")
    config = load_config.load_config(str(DOCS / "mkdocs.yml"), site_dir=str(out))
    config.plugins["mkdocstrings"].config.handlers["python"]["paths"] = [str(package)]
    build.build(config)
    return out


def pages(site):
    return {page.relative_to(site).as_posix(): page.read_text("utf-8") for page in site.rglob("*.html")}


def test_every_page_is_in_the_navigation(site):
    written = {path.relative_to(DOCS / "pages").with_suffix(".html").as_posix() for path in DOCS.rglob("*.md")}
    start = (site / "index.html").read_text("utf-8")
    assert written <= {"index.html", *re.findall(r'href="([^"#]+\.html)', start)}


def test_a_page_loads_nothing_from_elsewhere(site):
    for name, text in pages(site).items():
        loaded = re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="(https?:[^"]+)"', text)
        assert not [address for address in loaded if "canonical" not in address], name


def test_each_command_stands_in_the_reference_with_its_own_help(site):
    text = (site / "reference" / "commands.html").read_text("utf-8")
    for name, command in main.commands.items():
        assert command.hidden or f"handgrad {name}" in text


def test_the_reference_has_every_public_name(site):
    import handgrad

    written = " ".join(re.findall(r'id="([^"]+)"', "".join(pages(site).values()))).split()
    for name in handgrad.__all__:
        assert any(anchor.split(".")[0] == "handgrad" and anchor.rsplit(".", 1)[-1] == name for anchor in written), name
