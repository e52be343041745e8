"""Modules that are loaded when something of them is first asked for: NumPy with the first array, a table when shown."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class LazyModule:
    """Stand for a module of a package until one of its names is asked for."""

    def __init__(self, package: str | None, name: str) -> None:
        self._path = f"{package}.{name}" if package else name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # who only looks at what there is, as doctest does, asks for nothing of it
            raise AttributeError(name)
        found = self.__dict__[name] = getattr(import_module(self._path), name)
        return found


np: Any = LazyModule(None, "numpy")
