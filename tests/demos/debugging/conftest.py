"""The command that is run on a file, for all tests of it."""

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main


@pytest.fixture
def debug(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(text, *options):
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        return CliRunner().invoke(main, ["debug", "mine.py", "--no-picture", *options])

    return run
