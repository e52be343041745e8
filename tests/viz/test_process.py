"""A program that runs for a limited time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from handgrad.viz.process import TooSlowError, run_limited


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_what_a_program_writes_is_given_back_and_what_it_is_given_reaches_it():
    code = "import sys; print('a warning', file=sys.stderr); sys.stdout.write(sys.stdin.read().upper())"
    assert run_limited(python(code), b"text", 20.0) == b"TEXT"


def test_a_program_that_fails_is_an_error_with_what_it_said():
    with pytest.raises(subprocess.CalledProcessError) as caught:
        run_limited(python("import sys; sys.exit('no such thing')"), b"", 20.0)
    assert caught.value.returncode == 1
    assert caught.value.stderr.strip() == b"no such thing"


def test_a_program_that_takes_too_long_is_stopped():
    with pytest.raises(TooSlowError):
        run_limited(python("import sys; sys.stdin.read(); sys.stdin = None\nwhile True: pass"), b"", 0.05)


def test_a_program_that_is_not_there_is_an_error_of_the_system():
    with pytest.raises(FileNotFoundError):
        run_limited(["no-such-program"], b"", 1.0)


@pytest.mark.skipif(sys.platform != "linux", reason="others set no limit from outside")
def test_a_renderer_whose_owner_is_killed_does_not_compute_for_ever():
    limit = run_limited(["/bin/sh", "-c", "cat > /dev/null; ulimit -t"], b"", 10.0)
    assert 10 <= int(limit) <= 15
