"""Programs in processes of their own."""

import subprocess
import sys


def run(program, *arguments, **options):
    """A Python program in a process of its own; what it prints."""
    command = [sys.executable, "-c", f"import sys\n{program}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout
