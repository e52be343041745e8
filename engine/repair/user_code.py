"""Whose code it is: the user's, that of an installed library, or Python's own."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from types import CodeType
from typing import Any

from .attributes import is_object

_PATHS = sysconfig.get_paths()
_PYTHON = tuple(os.path.join(_PATHS[name], "") for name in ("stdlib", "platstdlib"))
_INSTALLED = (*_PYTHON, *(os.path.join(_PATHS[name], "") for name in ("purelib", "platlib")))
_LIBRARIES = frozenset({"numpy", "scipy", "torch", "handgrad"})
_MADE_BY_CLASS = 1 << 9
"""The flag of a class that a `class` statement has made (Py_TPFLAGS_HEAPTYPE)."""


def package_of(names: Mapping[str, Any]) -> str:
    """Return the package of the code that has these global names."""
    return str(names.get("__name__", "")).partition(".")[0]


def is_installed(file: str | None) -> bool:
    """Tell whether a file is of Python, or of what was installed with it.

    So is code without a file.
    """
    return file is None or file.startswith(_INSTALLED)


def is_theirs(names: Mapping[str, Any]) -> bool:
    """Tell whether the global names are of user code.

    It is neither of a library that numbers go through, nor ours.
    """
    return package_of(names) not in _LIBRARIES


def is_their_code(code: CodeType, names: Mapping[str, Any]) -> bool:
    """Tell whether code is the user's, or of an installed package, and not Python's own."""
    return is_theirs(names) and not _is_pythons(code.co_filename)


def is_their_object(thing: Any) -> bool:
    """Tell whether it is an object of a class of the user's.

    Neither Python nor a library of numbers brings it.
    """
    kind: Any = type(thing)
    return is_object(thing) and _is_their_class(kind)


def _is_pythons(file: str) -> bool:
    return file.startswith("<frozen") or (file.startswith(_PYTHON) and "-packages" not in file)


@lru_cache(maxsize=4096)
def _is_their_class(kind: Any) -> bool:
    if issubclass(kind, Enum):
        return False
    module = str(getattr(kind, "__module__", ""))
    if module == "builtins":  # where code runs without a module's name, its classes say so too
        return bool(kind.__flags__ & _MADE_BY_CLASS)
    if not is_theirs({"__name__": module}):
        return False
    # A file of theirs may have the name of one of Python's.
    file = getattr(sys.modules.get(module), "__file__", None) or "<frozen>"
    is_named_as_pythons = module.partition(".")[0] in sys.stdlib_module_names
    return module == "__main__" or not is_named_as_pythons or not _is_pythons(file)
