"""Processes to be watched, and waited for."""

import sys
import time
from pathlib import Path

from tests.patience import PATIENCE

COMMAND = [sys.executable, "-B", "-c", "from handgrad.demos.cli import main; main()"]


def is_zombie(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def wait_for(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
