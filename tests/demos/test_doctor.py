"""`handgrad doctor`: what is there, what is not, and what to do."""

import re
from importlib import metadata

import pytest

from tests.demos.commands import handgrad


def rows(output):
    """What was looked for, and what is said of it, each in one line."""
    joined = re.sub(r"\n {10,}", " ", output)
    return {row.split()[1]: row for row in joined.splitlines() if row.startswith(("there", "missing", "MISSING"))}


def test_all_that_is_needed_is_there_and_each_line_fits(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDITOR", "sh -i")
    said = handgrad("doctor")
    assert said.exit_code == 0
    assert max(map(len, said.output.splitlines())) < 80
    found = rows(said.output)
    assert re.search(r"there    NumPy        \d+\.\d+", found["NumPy"])
    assert found["editor"].endswith("sh -i")
    assert found["plots"].startswith("there    plots        matplotlib")


@pytest.mark.parametrize(("gone", "code"), [("numpy", 1), ("watchfiles", 0), ("matplotlib", 0)])
def test_what_is_missing_is_told_with_what_to_do(gone, code, monkeypatch):
    version = metadata.version

    def version_of(name):
        if name == gone:
            raise metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(metadata, "version", version_of)
    monkeypatch.setenv("EDITOR", "no-such-editor")
    said = handgrad("doctor")
    found = rows(said.output)
    assert said.exit_code == code
    assert found["editor"].startswith("missing  editor       export EDITOR=nano")
    assert {
        "numpy": "MISSING  NumPy        pip install numpy",
        "watchfiles": "missing  watchfiles   files are looked at ten times a second instead",
        "matplotlib": "missing  plots        for curves of training: pip install matplotlib",
    }[gone] in found.values()
    assert ("Needed, and missing: NumPy." in said.output) == bool(code)


def test_a_folder_in_which_nothing_can_be_written_is_told(monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "no", str(dir))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    said = handgrad("doctor")
    assert said.exit_code == 1
    assert "Needed, and missing: this folder, scratch." in said.output
