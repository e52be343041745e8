"""The process of one answer: it loads the learner's file and does as the referee asks."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import sys
import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from handgrad.manual import by_hand, manual

from .conversation import Session, base_of
from .frames import Channel, ChannelError


class Player(Session):
    """The answer's side of the conversation."""

    def __init__(self, channel: Channel, folder: Path, name: str) -> None:
        super().__init__(channel, -1, trusts=True)
        self._folder, self._name = folder, name

    def load(self) -> dict[str, Any]:
        """Import the learner's file, and return its public names and how to fetch one."""
        try:
            names = vars(importlib.import_module(self._name))
            public = [name for name in names if not name.startswith("_")]
            return {"do": "return", **self.wire.pack([public, names.__getitem__])}
        except BaseException as error:
            return {"do": "raise", "error": self.describe(error), **self.wire.pack(None)}

    def entering(self, message: Mapping[str, Any]) -> AbstractContextManager[Any]:
        if message.get("hand") in ("shut", "rules"):
            return by_hand(rules=message["hand"] == "rules")
        return manual() if message.get("manual") else contextlib.nullcontext()

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
        player.receive_answer()
    except ChannelError:
        os._exit(0)
