"""The door: jax is needed for it alone, and missing it is said in plain words."""

from __future__ import annotations

import importlib
import subprocess
import sys

import pytest

from tests.optional import needs


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_handgrad_itself_imports_no_jax() -> None:
    assert run("import sys, handgrad, handgrad.adapters; print('jax' in sys.modules)") == "False"


def test_without_jax_the_import_says_what_to_install() -> None:
    code = """
import sys
sys.modules["jax"] = None
try:
    import handgrad.adapters.jax
except ImportError as error:
    print(error)
"""
    assert "JAX is not installed here. Install it with: pip install jax" in run(code)


@pytest.mark.rest
def test_both_ways_of_importing_give_the_same_function() -> None:
    needs("jax")
    door = importlib.import_module("handgrad.adapters.jax")
    assert door.check is importlib.import_module("handgrad.adapters.jax.checking").check
