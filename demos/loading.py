"""A person's file, run as a module."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import NoReturn

from .error_places import places_in
from .usage import UnusableError


class FileError(UnusableError):
    """A file that is not there or cannot be run."""


def run(path: Path, code: CodeType | None = None, *, name: str | None = None) -> ModuleType:
    """Run a file for a command, with the modules beside it at hand.

    What it prints goes to the error stream, as the output is the command's.

    Args:
        code: a part of it, if only that is to run.
        name: of the module, by default the file's; "__main__" has it do what it does as a program.

    Raises:
        FileError: there is no such file, it is no Python file, or it cannot be run; with its own line.
    """
    if not path.is_file():
        raise FileError(f"there is no file {path}.")
    if path.suffix != ".py":
        raise FileError(f"{path} is no Python file: its name must end in .py.")
    try:
        with modules_beside(path), contextlib.redirect_stdout(sys.stderr), run_as_program(path):
            return load(path, name or path.stem, code)
    except FileError:
        raise
    except Exception as error:
        where = "".join(f" ({place})" for place in places_in(path, error)[-1:])
        raise FileError(f"{path} cannot be run: {type(error).__name__}: {error}{where}") from None


@contextlib.contextmanager
def modules_beside(path: Path) -> Iterator[None]:
    """Let a file's code import the modules beside it."""
    beside = str(path.resolve().parent)
    sys.path.insert(0, beside)
    try:
        yield
    finally:
        # This very entry: what the file put before it stays, and so does the same folder where it was there already.
        sys.path[:] = [entry for entry in sys.path if entry is not beside]


class _HardExit(BaseException):
    """The file called os._exit, which would end this program with a status of the file's."""


@contextlib.contextmanager
def run_as_program(path: Path) -> Iterator[None]:
    """Give a file's code its own name and no arguments, and catch os._exit.

    Raises:
        FileError: it would end it.
    """
    arguments, hard_exit, process = sys.argv, os._exit, os.getpid()

    def intercept_exit(status: int) -> NoReturn:
        if os.getpid() != process:  # a process that the file has forked ends as it means to
            hard_exit(status)
        raise _HardExit

    sys.argv = [str(path)]
    os._exit = intercept_exit
    try:
        yield
    except SystemExit:
        raise FileError(f"{path} ends by itself, with sys.exit().") from None
    except _HardExit:
        raise FileError(f"{path} ends by itself, with os._exit().") from None
    finally:
        sys.argv, os._exit = arguments, hard_exit


def load(path: Path, name: str, code: CodeType | None = None) -> ModuleType:
    """Run a file as a module, registered under its name while it runs.

    Args:
        path: of the file.
        name: the module's; where another module has it, that stays.
        code: a part of it, if only that is to run.

    Raises:
        BaseException: whatever the file raises; SyntaxError where it is no Python.
    """
    loader = _FromText(name, str(path), code)
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

    def __init__(self, name: str, path: str, code: CodeType | None) -> None:
        super().__init__(name, path)
        self._part = code

    def get_code(self, fullname: str) -> CodeType:
        return self._part or self.source_to_code(self.get_data(self.path), self.path)
