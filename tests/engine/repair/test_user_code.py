"""Whose code it is."""

import importlib
import json
import sys
from enum import Enum

import numpy as np

from handgrad.repair.user_code import is_installed, is_their_code, is_their_object, is_theirs, package_of

from ..adapters.micrograd.cases import load


def test_libraries_of_numbers_and_python_itself_are_not_theirs():
    assert is_theirs({"__name__": "mine.layers"})
    assert not is_theirs({"__name__": "numpy.linalg"})
    assert not is_theirs(vars(np))
    assert is_their_code(load.__code__, globals())
    assert not is_their_code(json.dumps.__code__, vars(json))


def test_classes_of_python_of_libraries_and_enums_are_not_theirs():
    class Color(Enum):
        RED = 1

    assert is_their_object(load("closures").Value(1.0))
    assert not any(map(is_their_object, (np.random.default_rng(), json.JSONDecoder(), Color.RED, 3, [])))


def test_an_object_of_a_file_with_the_name_of_one_of_pythons_is_theirs(tmp_path, monkeypatch):
    (tmp_path / "token.py").write_text("class Value:\n    pass\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "token", raising=False)
    assert is_their_object(importlib.import_module("token").Value())


def test_what_came_with_python_is_installed_and_a_file_of_theirs_is_not(tmp_path):
    assert is_installed(json.__file__)
    assert is_installed(np.__file__)
    assert is_installed(None)
    assert not is_installed(str(tmp_path / "layers.py"))
    assert package_of({"__name__": "mine.layers"}) == "mine"
    assert package_of({}) == ""
