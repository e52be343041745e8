"""Every example in a docstring of the package runs and prints what it says."""

import doctest
import importlib
import pkgutil
from importlib.util import find_spec

import pytest

import handgrad
import handgrad.viz

MODULES = sorted(
    module.name
    for package in (handgrad, handgrad.viz)
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    if not module.name.startswith("handgrad.demos")  # there only in an installed wheel
    and (find_spec("jax") or not module.name.startswith("handgrad.adapters.jax"))  # of the whole alone
)


@pytest.mark.parametrize("name", ["handgrad", "handgrad.viz", *MODULES])
def test_the_examples_of_a_module_hold(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples():
    finder = doctest.DocTestFinder(exclude_empty=True)
    assert sum(len(finder.find(importlib.import_module(name))) for name in MODULES) > 20
