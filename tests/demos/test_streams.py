"""Output that cannot be written is status 2 and a sentence, and never 1, which says that something is wrong."""

import errno
import io
import os
import subprocess
import sys

import pytest

from handgrad.demos.cli import main
from tests.demos.commands import handgrad
from tests.optional import only_where

SAID = "Error: the output cannot be written: No space left on device.\n"


class Full(io.StringIO):
    """A stream onto a disk that is full: what is written is lost at once, or when it is flushed."""

    def __init__(self, at_once):
        super().__init__()
        self.at_once = at_once

    def write(self, text):
        if self.at_once:
            self._fail()
        return super().write(text)

    def flush(self):
        if self.getvalue() or self.at_once:
            self._fail()

    def _fail(self):
        raise OSError(self.number, os.strerror(self.number))

    number = errno.ENOSPC


class Left(Full):
    """A pipe that nobody reads any more."""

    number = errno.EPIPE


def status_of(*arguments):
    with pytest.raises(SystemExit) as ended:
        main.main(list(arguments), prog_name="handgrad")
    return ended.value.code


@pytest.fixture(scope="module")
def katas(tmp_path_factory):
    """A folder of katas, of which none is done."""
    place = tmp_path_factory.mktemp("katas") / "mine"
    assert handgrad("start", str(place)).exit_code == 0
    return place


@pytest.fixture(autouse=True)
def _in_the_folder(katas, monkeypatch):
    monkeypatch.chdir(katas)


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "when it is flushed"])
@pytest.mark.parametrize("command", [["--version"], ["--help"], ["list"], ["list", "--json"], ["hint", "slope"]])
def test_what_cannot_be_printed_ends_with_status_2_whatever_the_command(command, at_once, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", Full(at_once))
    assert (status_of(*command), capsys.readouterr().err) == (2, SAID)


def test_a_check_whose_verdict_cannot_be_printed_is_not_the_verdict_wrong(monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", Full(True))
    assert (status_of("check", "add"), capsys.readouterr().err) == (2, SAID)


def test_a_closed_output_is_told_before_anything_is_done(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(sys, "stdout", None)
    assert status_of("start", str(tmp_path / "new")) == 2
    assert capsys.readouterr().err == "Error: the output cannot be written: standard output is closed.\n"
    assert not (tmp_path / "new").exists()


@pytest.mark.usefixtures("capsys")  # whose streams have no descriptor that would be lost
def test_an_error_that_cannot_be_told_has_its_status_all_the_same(monkeypatch):
    monkeypatch.setattr(sys, "stderr", Full(True))
    assert status_of("hint", "nothing") == 2
    monkeypatch.setattr(sys, "stderr", None)
    assert status_of("hint", "nothing") == 2
    sys.stderr.close()  # what it put there to the end of the program


@pytest.mark.parametrize("command", [["--help"], ["list"]])
def test_whoever_stops_reading_a_pipe_reads_no_error(command, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdout", Left(True))
    assert (status_of(*command), capsys.readouterr().err) == (2, "")


def test_another_error_of_the_system_is_not_taken_for_one_of_the_output(monkeypatch):
    def broken(*_):
        raise FileNotFoundError(errno.ENOENT, "no such file")

    monkeypatch.setattr("handgrad.demos.cli.own_name", broken)
    with pytest.raises(FileNotFoundError):
        main.main(["no_such_command"], prog_name="handgrad")


@only_where(sys.platform == "linux", "there is no /dev/full")
@pytest.mark.parametrize("where", [">&-", ">/dev/full", ">/dev/full 2>&1", ">&- 2>&-"])
def test_a_shells_redirection_ends_the_same_and_without_a_word_of_python(where):
    command = f'"{sys.executable}" -m handgrad --version {where}'
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr, "Exception" in done.stderr) == (2, False, False)
