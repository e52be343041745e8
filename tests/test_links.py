"""Addresses of the project: one owner, one branch, and each path is there."""

import importlib.util
import json
import re
import runpy
from pathlib import Path

import pytest

from tests.project import DOCUMENTS, ROOT, SOURCE, VERSION

NOTEBOOKS = sorted((ROOT / "demos").glob("*/*.ipynb"))
WRITTEN = [
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "CITATION.cff", "setup.cfg", "setup.py")),
    *(ROOT / "demos" / "docs").rglob("*.md"),
    *(ROOT / "demos").glob("*/README.md"),
    *NOTEBOOKS,
]
INSTALLED = f"git+{SOURCE}" if ".dev" in VERSION else "handgrad"
WORKFLOW = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
COLAB, BINDER = "https://colab.research.google.com/github/", "https://mybinder.org/v2/gh/"
OWNER, NAME = SOURCE.removeprefix("https://github.com/").split("/")
SITE = f"https://{OWNER}.github.io/{NAME}"


def addresses() -> set[str]:
    text = "\n".join(file.read_text("utf-8") for file in WRITTEN)
    found = set(re.findall(r"https://[^\s)\"'`\\<>]+", text))
    return {address.rstrip(".,;") for address in found}


def test_every_address_of_the_project_is_of_the_one_that_the_package_gives():
    own = {address for address in addresses() if NAME in address and "pyodide" not in address}
    assert len(own) > 10
    for address in own:
        assert address.startswith((SOURCE, SITE, f"{COLAB}{OWNER}/{NAME}/", f"{BINDER}{OWNER}/{NAME}/")), address
    assert runpy.run_path(str(ROOT / "setup.py"))["REPOSITORY"] == SOURCE
    assert f"{SITE}/docs" == DOCUMENTS


def test_a_link_to_a_file_of_the_project_names_one_that_is_there():
    starts = (f"{SOURCE}/(?:blob|raw)", f"{COLAB}{OWNER}/{NAME}/blob", f"{BINDER}{OWNER}/{NAME}")
    link = re.compile(rf"(?:{'|'.join(starts)})/(\w+)(?:/|\?urlpath=lab/tree/)(.+)")
    followed = [match for address in addresses() if (match := link.fullmatch(address))]
    assert len(followed) > 8
    for match in followed:
        assert f"branches: [{match[1]}]" in WORKFLOW
        assert (ROOT / match[2]).is_file(), match[0]


def test_a_link_to_the_site_names_a_page_that_the_workflow_publishes():
    made = {
        "",
        "docs",
        "docs/",
        "docs/reference/commands.html",
    }  # `handgrad site`; its documents' start; written by a hook
    pages = ROOT / "demos" / "docs" / "pages"
    made |= {f"docs/{page.relative_to(pages).with_suffix('.html').as_posix()}" for page in pages.rglob("*.md")}
    linked = {address.removeprefix(SITE).lstrip("/") for address in addresses() if address.startswith(SITE)}
    assert len(linked) > 3
    assert linked <= made
    assert "handgrad site out/site" in WORKFLOW
    assert "mv out/docs out/site/docs" in WORKFLOW


def cells(path: Path, kind: str) -> list[str]:
    """The sources of a notebook's cells of one kind."""
    read = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in read if cell["cell_type"] == kind]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_notebook_leads_to_itself_where_nothing_is_installed(path: Path):
    place = path.relative_to(ROOT).as_posix()
    first, *_ = cells(path, "markdown")
    assert f"{COLAB}{OWNER}/{NAME}/blob/main/{place})" in first
    assert f"{BINDER}{OWNER}/{NAME}/main?urlpath=lab/tree/{place})" in first
    # Binder installs the project by its setup.py, unless it finds a folder with files of its own.
    assert (ROOT / "setup.py").is_file()
    assert not [name for name in ("binder", ".binder", "requirements.txt", "environment.yml") if (ROOT / name).exists()]


@pytest.mark.parametrize("is_there", [False, True])
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_notebook_installs_handgrad_where_it_is_missing_and_only_there(path: Path, is_there: bool, monkeypatch):
    first, second, *_ = cells(path, "code")
    assert "from handgrad" in second
    monkeypatch.setattr(importlib.util, "find_spec", {"handgrad": is_there or None}.__getitem__)
    called: list[str] = []
    exec(re.sub(r"%pip (.*)", r"pip('\1')", first), {"pip": called.append})
    assert called == ([] if is_there else [f"install -q {INSTALLED}"])


def test_the_citation_names_the_version_and_the_source_of_the_package():
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    version = re.search(r"^version: (.+)$", citation, re.MULTILINE)[1]
    assert version == VERSION or ".dev" in VERSION
    assert f"\nrepository-code: {SOURCE}\n" in citation
    released = re.search(r"^date-released: (.+)$", citation, re.MULTILINE)[1]
    assert f"\n## [{version}] - {released}\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")
