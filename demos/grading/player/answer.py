"""The process of one answer: it loads the learner's file and does as the referee asks."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
import traceback
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from engine import HandgradError, autodiff, manual, numeric

from .frames import Channel, ChannelError
from .session import Session, base_of

GATES = ((autodiff, "topological_order"), (numeric, "_evaluate"))


class ByHandError(HandgradError, RuntimeError):
    """Autodiff was called where the learner is to do the work."""


def refuse(*_: Any, **__: Any) -> NoReturn:
    """Stands where autodiff was."""
    raise ByHandError(
        "this kata is done by hand: backward(), gradients(), compare() and numeric_gradients() are refused. Work "
        "the gradients out: the upstream gradient times the local derivative, summed over the uses."
    )


@contextmanager
def by_hand() -> Iterator[None]:
    """Autodiff refuses to work."""
    before = [getattr(module, name) for module, name in GATES]
    for module, name in GATES:
        setattr(module, name, refuse)
    try:
        yield
    finally:
        for (module, name), function in zip(GATES, before):
            setattr(module, name, function)


class Player(Session):
    """The answer's side of the conversation."""

    def __init__(self, channel: Channel, folder: Path, name: str) -> None:
        super().__init__(channel, -1, trusts=True)
        self._folder, self._name = folder, name

    def load(self) -> dict[str, Any]:
        """Import the learner's file; returns what to send: its public names."""
        try:
            module = importlib.import_module(self._name)
            names = [name for name in vars(module) if not name.startswith("_")]
            public = [(n, vars(module)[n]) for n in names if not isinstance(vars(module)[n], types.ModuleType)]
            # Classes of Python's and of the engine are imports that the tests do not ask the answer for.
            public = [(n, v) for n, v in public if not isinstance(v, type) or v.__module__ == self._name]
            return {"do": "return", **self.wire.pack([list(pair) for pair in public])}
        except BaseException as error:
            return {"do": "raise", "error": self.describe(error), **self.wire.pack(None)}

    @contextmanager
    def entering(self, message: Mapping[str, Any]) -> Iterator[None]:
        with contextlib.ExitStack() as stack:
            if message.get("hand"):
                stack.enter_context(by_hand())
            if message.get("manual"):
                stack.enter_context(manual())
            yield

    def describe(self, error: BaseException) -> dict[str, Any]:
        own = self._folder / f"{self._name}.py"
        try:
            what = "".join(traceback.format_exception_only(error)).strip()
            if isinstance(error, SystemExit):
                what = f"the program asked to exit (SystemExit: {error.code})"
            elif isinstance(error, OSError) and error.errno == errno.EFBIG:
                what = "Stopped: it prints, or writes to a file, without end."
            what = what.replace(str(own), own.name)
            frames = [f for f in traceback.extract_tb(error.__traceback__) if Path(f.filename).name == own.name]
            places = [f"{own.name}, line {frame.lineno}: {frame.line}" for frame in frames[-3:]]
            text = "\n".join([*(() if isinstance(error, SyntaxError) else places), what])
            said = str(error)
        except BaseException:
            # Its error may be a class of its own that raises when it is looked at.
            text = said = f"an error that cannot be shown ({type(error).__name__})"
        return {"type": type(error).__name__, "base": base_of(error), "said": said[:2000], "text": text[-4000:]}


def play(channel: Channel, folder: Path, name: str) -> None:
    """Load the answer, and serve the referee until it goes."""
    sys.path.insert(0, str(folder))
    player = Player(channel, folder, name)
    try:
        channel.send(player.load())
        player.until_answered()
    except ChannelError:
        os._exit(0)
