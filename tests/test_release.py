"""One switch: the version in setup.cfg, with which all that states it or says how to install is in line."""

import datetime
import re
import runpy
import shutil

import pytest

from tests.project import ROOT, SOURCE, VERSION

RELEASE = runpy.run_path(str(ROOT / ".ci" / "release.py"))
COMMAND = re.compile(r"(?m)(?:(?:pip|pipx|uv tool) install|uvx|^-(?= handgrad(?: @.*)?$)) [^`\n,<]*")


@pytest.fixture
def tree(tmp_path):
    """A copy of what the script may write."""
    for file, _ in RELEASE["rewritten"](ROOT, "9.0.0"):
        target = tmp_path / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)
    return tmp_path


def release(tree, version):
    for file, text in list(RELEASE["rewritten"](tree, version, datetime.date(2027, 1, 2))):
        file.write_text(text, "utf-8", newline="\n")


def texts(tree):
    return {file.relative_to(tree).as_posix(): file.read_text("utf-8") for file in tree.rglob("*") if file.is_file()}


def installs(tree):
    """Each command shown to a reader that installs handgrad."""
    shown = [text for name, text in texts(tree).items() if name not in ("setup.cfg", "CHANGELOG.md")]
    return [command for text in shown for command in COMMAND.findall(text) if "handgrad" in command]


def test_all_that_states_the_version_or_how_to_install_is_in_line_with_it(capsys):
    assert (RELEASE["main"](["--check"]), capsys.readouterr().out) == (0, "")


def test_a_release_is_installed_by_its_name_and_what_is_between_two_from_the_repository(tree):
    release(tree, "9.0.0")
    assert "- handgrad" in installs(tree)
    assert len(installs(tree)) > 10
    assert not [command for command in installs(tree) if "git+" in command]
    release(tree, "9.1.0.dev0")
    assert not [command for command in installs(tree) if f"git+{SOURCE}" not in command]


@pytest.mark.rest
def test_a_release_and_the_way_back_change_nothing_else(tree):
    before = texts(tree)
    release(tree, "9.0.0")
    released = texts(tree)
    release(tree, "9.0.0")
    assert texts(tree) == released
    release(tree, VERSION)
    after = texts(tree)
    assert {name for name in before if before[name] != after[name]} <= {"CITATION.cff"}


@pytest.mark.rest
def test_a_release_has_its_date_in_the_changelog_and_the_citation(tree):
    changelog = tree / "CHANGELOG.md"
    changelog.write_text("## [9.0.0] - unreleased\n\n## [8.0.0] - 2026-01-01\n", "utf-8")
    release(tree, "9.0.0.dev0")
    assert "9.0.0" not in (tree / "CITATION.cff").read_text("utf-8")
    assert "## [9.0.0] - unreleased" in changelog.read_text("utf-8")
    release(tree, "9.0.0")
    assert "\nversion: 9.0.0\ndate-released: 2027-01-02\n" in (tree / "CITATION.cff").read_text("utf-8")
    assert changelog.read_text("utf-8") == "## [9.0.0] - 2027-01-02\n\n## [8.0.0] - 2026-01-01\n"


@pytest.mark.parametrize("arguments", [[], ["1.0"], ["--help"], ["1.0.0", "2.0.0"]])
def test_what_is_no_version_is_refused_and_writes_nothing(arguments, capsys):
    assert RELEASE["main"](arguments) == 2
    assert "before the tag of a release" in capsys.readouterr().err
