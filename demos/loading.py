"""A person's file, run as a module."""

from __future__ import annotations

import importlib.util
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType


def load(path: Path, name: str) -> ModuleType:
    """Run a file as a module, which is found under its name while it runs, as dataclasses and pickle want it.

    Args:
        path: of the file.
        name: the module's; where another module has it, that stays.

    Raises:
        BaseException: whatever the file raises; SyntaxError where it is no Python.
    """
    loader = _FromText(name, str(path))
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    is_new = sys.modules.setdefault(name, module) is module
    try:
        loader.exec_module(module)
    finally:
        if is_new:
            sys.modules.pop(name, None)
    return module


class _FromText(SourceFileLoader):
    """Compiles what is in the file now.

    What Python keeps compiled of a file counts for its next version, too, where that is as long and saved within the
    same second; and it would lie in a folder of the person's.
    """

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)
