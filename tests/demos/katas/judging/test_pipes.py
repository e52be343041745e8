"""A process that is asked over its standard input, and let go."""

import subprocess
import sys

import pytest

from handgrad.demos.katas.judging.pipes import dismiss


def started(program):
    command = [sys.executable, "-I", "-S", "-c", program]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def unexpected():
    pytest.fail("it goes by itself")


def test_a_process_that_goes_when_its_input_ends_is_not_killed():
    process = started("import sys; sys.stdin.read(); sys.exit(7)")
    dismiss(process, 20.0, unexpected)
    assert process.returncode == 7
    assert process.stdin.closed
    assert process.stdout.closed


def test_a_process_that_stays_is_killed_and_waited_for():
    process = started("import time; time.sleep(60)")
    dismiss(process, 0.01, process.kill)
    assert process.returncode != 0
    assert process.stdout.closed


def test_a_process_that_has_ended_already_is_no_error():
    process = started("")
    process.wait()
    process.stdin.write(b"a question that nobody reads")  # which closing it would send
    dismiss(process, 20.0, unexpected)
    assert process.returncode == 0
