"""A conversation of calls: either side calls the other's functions, and both go on where they were."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NoReturn

from .frames import Channel, ChannelError
from .wire import Wire


class Session:
    """One side of a conversation.

    Args:
        channel: to the other side.
        step: 1 for the referee's ids, -1 for the player's.
        trusts: whether the other side may change everything that is shared.
    """

    def __init__(self, channel: Channel, step: int, *, trusts: bool) -> None:
        self.channel = channel
        self.wire = Wire(step, self.call, trusts=trusts)

    def context(self) -> dict[str, Any]:
        """Return what the other side should know of the circumstances of a call."""
        return {}

    def entering(self, message: Mapping[str, Any]) -> AbstractContextManager[Any]:
        """Return what surrounds a call that the other side makes."""
        return nullcontext()

    def describe(self, error: BaseException) -> dict[str, Any]:
        """Return an error as plain data."""
        return {"type": type(error).__name__, "base": base_of(error), "said": str(error)[:2000], "text": ""}

    def fail(self, facts: Mapping[str, Any]) -> NoReturn:
        """Raise the stand-in for an error of the other side."""
        raise error_like(facts)(str(facts.get("said", "")))

    def call(self, number: int, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function of the other side."""
        packed = self.wire.pack([list(args), list(kwargs), list(kwargs.values())])
        self.channel.send({"do": "call", "number": number, **self.context(), **packed})
        return self.receive_answer()

    def receive_answer(self) -> Any:
        """Serve the other side's calls until it answers this side's own."""
        while True:
            message = self.channel.receive()
            if message.get("do") == "call":
                self.channel.send(self._answer(message))
                continue
            result = self.wire.unpack(message)
            if message.get("do") == "return":
                return result
            facts = message.get("error")
            self.fail(facts if isinstance(facts, dict) else {})

    def _answer(self, message: Mapping[str, Any]) -> dict[str, Any]:
        args, names, values = self.wire.unpack(dict(message))
        try:
            with self.entering(message):
                result = self.wire.object(message["number"])(*args, **dict(zip(names, values)))
                # Packed in here, as an iterator does its work only when it is.
                return {"do": "return", **self.wire.pack(result)}
        except ChannelError:
            raise
        except BaseException as error:
            return {"do": "raise", "error": self.describe(error), **self.wire.pack(None)}


def base_of(error: BaseException) -> str:
    """Return the name of the nearest built-in class of an error."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")


def error_like(facts: Mapping[str, Any]) -> type[Exception]:
    """Return Python's own class of that name; `Exception` for others, or for what would end a program."""
    import builtins

    kind = getattr(builtins, str(facts.get("base", "")), Exception)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        return Exception
    try:
        # Some want more than a text; a group of exceptions, for one.
        return kind if isinstance(kind("text"), Exception) else Exception
    except Exception:
        return Exception
