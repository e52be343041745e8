"""The door: torch is needed for it alone, and missing it is said in plain words."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_handgrad_itself_imports_no_torch() -> None:
    assert run("import sys, handgrad, handgrad.adapters; print('torch' in sys.modules)") == "False"


def test_without_torch_the_import_says_what_to_install() -> None:
    code = """
import sys
sys.modules["torch"] = None
try:
    import handgrad.adapters.torch
except ImportError as error:
    print(error)
"""
    assert "PyTorch is not installed here. Install it with: pip install torch" in run(code)


@pytest.mark.rest
def test_an_older_torch_is_told_to_be_too_old_and_finds_nothing_right() -> None:
    code = """
import torch
torch.__version__ = type(torch.__version__)("2.4.1+cpu")
try:
    import handgrad.adapters.torch
except ImportError as error:
    print(error)
"""
    assert "needs PyTorch 2.5 or newer, and here is 2.4.1+cpu." in run(code)


def test_both_ways_of_importing_give_the_same_functions() -> None:
    door = importlib.import_module("handgrad.adapters.torch")
    assert door.watch is importlib.import_module("handgrad.adapters").torch.watch
    assert door.compare is importlib.import_module("handgrad.adapters.torch.comparing").compare
