"""What another process needs to import handgrad."""

import os
import subprocess
import sys

import handgrad
from handgrad.demos.katas.judging import environment
from handgrad.demos.katas.judging.environment import PACKAGE, own_environment


def test_the_package_is_the_folder_that_is_imported():
    assert PACKAGE.samefile(os.path.dirname(handgrad.__file__))


def test_another_process_gets_the_folder_of_an_installed_package_before_its_own_path(monkeypatch):
    monkeypatch.setattr(environment, "IMPORT_PATH", "/packages")
    monkeypatch.setenv("PYTHONPATH", "/mine")
    assert own_environment()["PYTHONPATH"] == os.pathsep.join(["/packages", "/mine"])
    monkeypatch.delenv("PYTHONPATH")
    assert own_environment()["PYTHONPATH"] == "/packages"


def test_where_an_editable_install_sees_to_it_the_path_stays_as_it_is(monkeypatch):
    monkeypatch.setattr(environment, "IMPORT_PATH", "")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert "PYTHONPATH" not in own_environment()
    monkeypatch.setenv("MINE", "kept")
    assert own_environment()["MINE"] == "kept"


def test_another_process_imports_the_same_package_from_anywhere(tmp_path):
    program = "import importlib.util; print(importlib.util.find_spec('handgrad').origin)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=own_environment(), capture_output=True, text=True, check=True)
    assert os.path.samefile(done.stdout.strip(), handgrad.__file__)
