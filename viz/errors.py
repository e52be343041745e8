"""What can go wrong with a picture."""

from __future__ import annotations

from pathlib import Path

from handgrad.errors import HandgradError


class TargetError(HandgradError, TypeError):
    """Something else was given where a graph or a comparison belongs."""

    def __init__(self, given: object, call: str, takes: str, instead: str) -> None:
        self.given, self.call = given, call
        super().__init__(f"{call} takes {takes}, and this is a {type(given).__name__}. Give {instead}.")


class OptionError(HandgradError, ValueError):
    """An option has a value that means nothing."""

    def __init__(self, option: str, given: object, allowed: str) -> None:
        self.option, self.given = option, given
        super().__init__(f"{option}={given!r} means nothing here. Write {allowed}.")


class RenderError(HandgradError, RuntimeError):
    """The program that lays a picture out is missing, failed, or takes too long."""

    DRAW_LESS = "Draw less of the graph, as with limit=50 or around=node"

    INSTALL = "Install a renderer with 'pip install graphviz-pure'"
    OF_THE_SYSTEM = f"{INSTALL}, or where that has no wheel Graphviz with your system's packages"
    ELSEWHERE = "A browser starts no programs: draw it where Python runs on the machine itself"

    def __init__(self, problem: str, instead: str = INSTALL) -> None:
        self.problem = problem
        super().__init__(
            f"The picture could not be rendered: {problem}. {instead}, "
            "or save the picture's source with a path that ends in .dot."
        )


class NoRendererError(RenderError):
    """There is no program that renders, or none can be run here."""


class SaveError(HandgradError, OSError):
    """A picture's file cannot be written."""

    def __init__(self, path: Path, problem: str, instead: str) -> None:
        self.path, self.problem = path, problem
        super().__init__(f"{str(path)!r} was not written: {problem}. {instead}")

    def __str__(self) -> str:
        return str(self.args[0])
