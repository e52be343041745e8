"""In a session of pytest that was ready before its tests were known they end as in one of their own."""

import ast

import pytest

from handgrad.demos.katas.judging.isolate import CAN_FORK
from tests.demos.programs import run
from tests.optional import only_where

FILES = {
    "passes": "def test_it(): pass",
    "fails": "def test_it(): assert False",
    "breaks": "def test_it(): 1 / 0",
    "does not load": "import no_such_module",
    "has no tests": "x = 1",
    "is interrupted": "def test_it(): raise KeyboardInterrupt",
    "ends the session": "import pytest\ndef test_it(): pytest.exit('enough')",
    "has a fixture that asks to exit": (
        "import pytest\n@pytest.fixture\ndef one(): raise SystemExit\ndef test_it(one): pass"
    ),
    "takes fixtures": (
        "def test_it(tmp_path, monkeypatch, capsys):\n    print('here')\n    monkeypatch.chdir(tmp_path)\n"
        "    assert capsys.readouterr().out == 'here\\n'"
    ),
    "has cases": "import pytest\n@pytest.mark.parametrize('x', [1, 2])\ndef test_it(x): assert x == 1",
    "is skipped": "import pytest\ndef test_it(): pytest.skip('not here')",
}

PROGRAM = """
import os, sys, tempfile
from pathlib import Path
from handgrad.demos.katas.judging.running import run_tests, run_with_session

top = Path(sys.argv[1])
tempfile.tempdir = str(top)

def ended():
    found = {}
    for name, text in FILES.items():
        folder = top / name / "work"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "test_one.py").write_text(text)
        (folder / "pytest.ini").write_text("[pytest]")
        if (pid := os.fork()) == 0:
            os._exit(int(run_tests(folder / "test_one.py", [], folder / "pytest.ini")))
        found[name] = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return found

def then():
    print(sorted(path.name for path in top.iterdir() if path.name.startswith("handgrad-")))
    print(ended())
    raise SystemExit("what it raises")

alone = ended()
(top / "conftest.py").write_text("raise Exception('it is no part of a kata')")
try:
    run_with_session(then)
except SystemExit as error:
    print(error.code)
print(alone)
"""


@pytest.mark.rest
@only_where(CAN_FORK, "without a fork no session waits")
def test_tests_end_as_in_a_session_of_their_own_and_nothing_is_left_of_what_waits(tmp_path):
    left, found, raised, alone = run(f"FILES = {FILES!r}\n{PROGRAM}", tmp_path).splitlines()[-4:]
    assert (left, raised) == ("[]", "what it raises")
    assert ast.literal_eval(found) == ast.literal_eval(alone)
    assert len(set(ast.literal_eval(alone).values())) == 4
