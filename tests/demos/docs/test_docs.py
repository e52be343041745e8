"""The documents: every page in its place, every link whole, nothing loaded from elsewhere, every snippet run."""

import doctest
import json
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import click
import pytest

import handgrad
from handgrad import arrays, functional, nn, optim, sanity, testing, viz
from handgrad.demos.cli import command_names, main
from tests.demos.docs.builder import builder
from tests.optional import needs
from tests.project import DOCUMENTS, ROOT

SITE = f"{DOCUMENTS}/"
DOCS = ROOT / "demos" / "docs"
PAGES = sorted([*(DOCS / "pages").rglob("*.md"), ROOT / "README.md", *(ROOT / "demos").glob("*/README.md")])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages as built, strictly."""
    needs("zensical")
    folder = tmp_path_factory.mktemp("docs")
    builder().lay_out(folder)
    subprocess.run([sys.executable, "-m", "zensical", "build", "--strict"], cwd=folder, capture_output=True, check=True)
    return folder / "site"


def test_without_the_program_that_builds_them_the_documents_are_markdown(tmp_path, monkeypatch, capsys):
    made = builder()
    monkeypatch.setattr(made, "find_spec", lambda _: None)
    made.build(tmp_path / "out")
    assert "pip install zensical" in capsys.readouterr().out
    assert (tmp_path / "out" / "index.md").read_text("utf-8").startswith("# handgrad\n")
    assert (tmp_path / "out" / "ideas" / "changes.md").is_file()


def pages(site):
    return {page.relative_to(site).as_posix(): page.read_text("utf-8") for page in site.rglob("*.html")}


@pytest.mark.rest
def test_every_page_is_in_the_navigation(site):
    written = {
        path.relative_to(DOCS / "pages").with_suffix(".html").as_posix() for path in (DOCS / "pages").rglob("*.md")
    }
    start = (site / "index.html").read_text("utf-8")
    assert written <= {"index.html", *re.findall(r'href="(?:\./)?([^"#]+\.html)', start)}


@pytest.mark.rest
def test_a_page_loads_nothing_from_elsewhere(site):
    for name, text in pages(site).items():
        text = re.sub(r'<link rel="(?:canonical|prev|next)"[^>]*>', "", text)  # for readers of links, and not loaded
        assert not re.findall(r'<(?:script|img|link)[^>]+(?:src|href)="(https?:[^"]+)"', text), name


@pytest.mark.rest
def test_a_page_shows_no_mark_that_is_for_doctest_alone(site):
    for name, text in pages(site).items():
        assert "BLANKLINE" not in text, name
        assert "# doctest:" not in text, name


@pytest.mark.rest
def test_each_command_stands_in_the_reference_with_its_own_help(site):
    text = (site / "reference" / "commands.html").read_text("utf-8")
    for name in command_names():
        assert f"handgrad {name}" in text


class Page(HTMLParser):
    """What a page leads to, and where on it one may be led."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.places: set[str] = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src") and value:
                self.links.append(value)
            elif name == "id" and value:
                self.places.add(value)


@pytest.mark.rest
def test_every_link_of_a_page_leads_to_a_file_and_to_a_place_on_it(site):
    read = {place: Page(text) for place, text in pages(site).items()}
    prefix = urlsplit(SITE).path
    followed = 0
    for place, page in read.items():
        for link in page.links:
            address, _, anchor = link.removeprefix(SITE).removeprefix(prefix).partition("#")
            if urlsplit(address).scheme:
                continue
            # An address of the site as a whole, as on the page for what is not found, starts at its top.
            start = site if link.startswith((SITE, prefix)) else (site / place).parent
            target = (start / address.partition("?")[0]).resolve() if address else site / place
            if target == site / "try":  # which a release lays beside the documents, as no part of them
                continue
            assert target.exists(), f"{place}: {link}"
            if target.suffix == ".html":
                assert anchor in read[target.relative_to(site).as_posix()].places, f"{place}: {link}"
            followed += 1
    assert followed > 1000


@pytest.mark.rest
def test_the_site_is_at_the_address_that_the_package_gives(site):
    start = (site / "index.html").read_text("utf-8")
    assert f'<link rel="canonical" href="{SITE}index.html">' in start


@pytest.mark.rest
@pytest.mark.parametrize("module", [handgrad, arrays, functional, nn, optim, sanity, testing, viz])
def test_the_reference_has_every_public_name(site, module: ModuleType):
    written = " ".join(re.findall(r'id="([^"]+)"', "".join(pages(site).values()))).split()
    tops = {anchor.rsplit(".", 1)[-1] for anchor in written if anchor.startswith("handgrad.")} | set(written)
    assert set(module.__all__) <= tops


@pytest.mark.rest
def test_the_reference_has_what_the_results_are_read_by(site):
    """The attributes that are no methods stand in tables, which have no places to lead to."""
    written = (site / "reference" / "engine.html").read_text("utf-8")
    named = {
        "Value": "data grad label op operands is_leaf backward",
        "Comparison": "root results ok wrong missing causes arrays to_dict",
        "NodeResult": "node name actual expected error status terms slip source",
        "Status": "CORRECT WRONG CARRIED MISSING SKIPPED",
        "Slip": "kind message also",
    }
    for name, attributes in named.items():
        for attribute in attributes.split():
            assert re.search(rf'(?:id|title)="handgrad[\w.]*\.{name}\.{attribute}"', written), attribute


def fences(page: Path) -> list[tuple[str, str]]:
    """Its blocks of code, each with its language."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_snippet_is_one_that_a_test_runs(page: Path):
    """Python is a doctest, a session is played below, and JSON is JSON; the rest is no code of ours."""
    for language, text in fences(page):
        if language in ("python", "pycon"):
            # The cells of notebooks are run by test_platforms.py.
            assert text.startswith(">>>") or page.stem in ("nbgrader", "otter"), text
        elif language in ("console", "diff"):
            assert page.name == "course.md"
        elif language == "json":
            assert json.loads(text)
        else:
            assert language in ("", "text", "yaml")


def asked_for(page: Path) -> set[str]:
    """The calls of `handgrad` that a page names: lines of blocks, and words of its text."""
    text = page.read_text("utf-8")
    lines = re.findall(r"^(?: {4}|\$ )(handgrad [a-z][^#\n]*)", text, re.MULTILINE)
    return {call.strip() for call in [*lines, *re.findall(r"`(handgrad [a-z][^`\n]*)`", text)]}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_command_that_a_page_names_is_there_with_the_options_it_gives(page: Path):
    for call in asked_for(page):
        name, *words = shlex.split(call)[1:]
        assert name in command_names(), call
        command = main.get_command(click.Context(main), name)
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts} | {"--help", "-h"}
        assert {word.partition("=")[0] for word in words if word.startswith("-")} <= known, call


@pytest.mark.rest
def test_the_first_kata_goes_as_the_tutorial_tells_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    same = doctest.OutputChecker().check_output
    file = tmp_path / "handgrad-katas" / "01_white" / "01_slope" / "slope.py"
    steps = 0
    for language, text in fences(DOCS / "pages" / "tutorial" / "course.md"):
        if language == "diff":
            old, new = (line[1:] for line in text.splitlines())
            assert old in file.read_text("utf-8")
            file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")
        for command, shown in re.findall(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", text, re.MULTILINE):
            program, *words = command.split()
            if program == "cd":
                monkeypatch.chdir(words[0])
            elif program == "handgrad":
                # As a process of its own: within pytest, the kata's own pytest would write as the one outside.
                run = [sys.executable, "-c", "from handgrad.demos.cli import main; main()", *words]
                said = subprocess.run(run, capture_output=True, text=True, encoding="utf-8", check=False).stdout
                assert same(shown, said, doctest.ELLIPSIS), said
                steps += 1
    assert steps == 3
    assert "/ (2 * h)" in file.read_text("utf-8")
