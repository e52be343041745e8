"""What is loaded before the forks of a check is loaded once."""

import subprocess
import sys

PROGRAM = """
import os, sys
from pathlib import Path
before = dict(os.environ)
from handgrad.demos.katas.judging import ready
folder = Path(sys.argv[1])
ready.warm_up(folder)
assert not list(folder.iterdir()), "the test that was run is gone"
known = set(sys.modules)
for name in ("pytest", "_pytest.python", "_pytest.assertion.rewrite", "handgrad.demos.katas.checking"):
    assert name in known, name
assert not any(name.startswith("handgrad.arrays") for name in known), "arrays come only where they are asked for"
ready.warm_up(folder)
print(sorted(set(sys.modules) - known))
ready.load_arrays()
assert "handgrad.arrays" in sys.modules and "numpy.random" in sys.modules
"""


def test_a_second_run_of_pytest_imports_nothing_and_arrays_come_by_themselves(tmp_path):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    imported = done.stdout.splitlines()[-1]
    assert imported in {"['test_warm_up']", "[]"}
