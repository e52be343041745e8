"""The gradients of one iteration of a script, compared with the loss that it computes or means."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

import numpy as np

from ...manual import require_gradients
from ...repair.deadline import Deadline, Progress
from ...repair.effects import without_effects
from ...verdict.comparison import Comparison
from ...verdict.result import NodeResult
from ...verdict.status import Status
from ..errors import ScriptError
from ..numpy.calling import called
from ..numpy.check import at_points
from ..numpy.state import as_before
from .candidates import losses_in, named_loss
from .cut import Cut, Piece, Pieces
from .guess import gradients_in, line_of, seed_in
from .loop import moved_in_part, turn_of, updates_in
from .losses import MEANT
from .name_resolution import Meaning

POINTS = 2
"""Weights that begin as zeros hide much."""


class Script:
    """A script.

    Args:
        text: of the file.
        file: its name.

    Attributes:
        before: what has to be carried out first.
        gradients: by parameter its gradient, as far as that can be guessed; {} where it looks like no script that
            trains by hand.
    """

    def __init__(self, text: str, file: str) -> None:
        self._file, self._tree = file, ast.parse(text, file)
        self._turn = turn_of(self._tree)
        self.gradients: dict[str, str] = gradients_in(self._turn)

    @property
    def before(self) -> Any:
        """Return the code of what comes before the iteration."""
        return compile(ast.Module(self._turn.before, []), self._file, "exec", dont_inherit=True)

    def check(
        self,
        space: dict[str, Any],
        gradients: Mapping[str, str],
        *,
        loss: str = "",
        quick: bool = False,
        progress: Progress | None = None,
    ) -> Comparison:
        """Return the verdict on the gradients of the first iteration.

        Args:
            space: the variables that `before` has left.
            gradients: by parameter its gradient: a name, or what a parameter is moved by as it stands there.
            loss: the name of the loss; by default a usual one.
            quick, progress: see `check_backward`.

        Raises:
            ScriptError: it has no such names.
            HandgradError: as `check_backward` raises.
        """
        parameters = {}
        for of in gradients:
            if np.asarray(space.get(of)).dtype.kind != "f":
                raise ScriptError(f"{of} is no number and no array of floating point before the loop", "Name others.")
            parameters[of] = space[of]
        require_gradients()
        deadline = Deadline(progress)
        if loss and not line_of(loss, self._turn.body):
            raise ScriptError(f"nothing in its loop gives {loss} a value", "Say with --loss what the loss is called.")
        meanings = list(self._meanings(gradients, loss))
        tried = []
        with without_effects():
            for one in meanings:
                later = len(meanings) > 1
                found = self._held_against(one, space, parameters, gradients, None if later else deadline, quick=quick)
                if found is not None:
                    tried.append((one, found))
                if found is not None and found.ok:
                    break
            if not tried:
                raise _nothing_meant(meanings)
            is_sure = tried[0][0].loss is not None and tried[0][0].loss.is_said
            best = tried[0] if is_sure else _likeliest(tried)
            meaning, found = next((one for one in tried if one[1].ok), best)
            if len(meanings) > 1:
                again = self._held_against(meaning, space, parameters, gradients, deadline, quick=quick)
                found = found if again is None else again
        uphill = self._uphill(meaning) if found.ok else ()
        said = [found.remark, meaning.said(self._turn.body, is_right=found.ok), *self._unjudged(gradients), *uphill]
        found.remark = " ".join(filter(None, said))
        return found

    def _meanings(self, gradients: Mapping[str, str], loss: str) -> Iterator[Meaning]:
        losses = [named_loss(loss, self._turn)] if loss else losses_in(self._turn, gradients)
        for one in losses:
            yield Meaning(one)
            if one.lift is not None and one.lift.at not in self._turn.body:
                yield Meaning(one, is_shared=True)
        seed = None if loss else seed_in(self._turn, gradients)
        own = losses[0] if losses else None
        is_said = own is not None and own.is_said
        if seed is not None:
            for is_shared in (False,) if is_said else (False, True):
                for meant in MEANT:
                    if not is_said or meant.times == 1.0:
                        yield Meaning(own, seed, meant, is_shared)

    def _held_against(
        self,
        meaning: Meaning,
        space: dict[str, Any],
        parameters: Mapping[str, Any],
        gradients: Mapping[str, str],
        deadline: Deadline | None,
        *,
        quick: bool,
    ) -> Comparison | None:
        """Return the verdict; None where the script does not mean this."""
        cut = Cut(self._turn, gradients, meaning.goals, meaning.lifts)
        with cut.pieces(self._file, space) as pieces:
            forward, backward = _functions(pieces, space, meaning.of)
            with as_before(forward):
                is_meant = called("the script", lambda: forward(**parameters)) is not None
            if not is_meant:
                return None
            return at_points(forward, backward, dict(parameters), deadline, quick=quick, points=POINTS)

    def _unjudged(self, gradients: Mapping[str, str]) -> Iterator[str]:
        for moved, line in moved_in_part(self._turn.body, self._turn.known):
            if moved.partition("[")[0] not in gradients:
                yield f"What moves {moved} on line {line} was not judged: it moves a part of it alone."

    def _uphill(self, meaning: Meaning) -> Iterator[str]:
        sign = 1 if meaning.seed is None else meaning.seed.sign
        for one in updates_in(self._turn.body):
            if one.name in self.gradients and one.sign * _sign_in(one.by) * sign > 0:
                yield f"Line {one.statement.lineno} moves {one.name} uphill."


def _sign_in(value: ast.expr) -> int:
    """Return -1 where a product has a minus in front, else 1."""
    if isinstance(value, ast.UnaryOp) and isinstance(value.op, ast.USub):
        return -_sign_in(value.operand)
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Div, ast.MatMult)):
        return _sign_in(value.left) * _sign_in(value.right)
    return 1


def _likeliest(tried: Sequence[tuple[Meaning, Comparison]]) -> tuple[Meaning, Comparison]:
    """Return the one of several guesses that most gradients are of.

    Of those the script's own loss, or its mean.
    """
    own = [found for meaning, found in tried if meaning.seed is None]
    worked_out = {
        meaning.meant
        for meaning, found in tried
        if meaning.seed is not None and not meaning.is_shared and any(_has_gradients_of(found, one) for one in own)
    }
    return min(
        tried,
        key=lambda one: (
            sum(map(_is_wrong, one[1].results)),
            one[0].seed is not None and one[0].meant not in worked_out,
        ),
    )


def _is_wrong(result: NodeResult) -> bool:
    return result.status is Status.WRONG


def _has_gradients_of(found: Comparison, other: Comparison) -> bool:
    """Tell whether two losses have the same gradients by the parameters."""
    own, others = _judged(found), _judged(other)
    return own.keys() == others.keys() and all(np.allclose(own[name], others[name]) for name in own)


def _judged(found: Comparison) -> dict[str, Any]:
    return {one.name: one.expected for one in found.results if one.status is not Status.SKIPPED}


def _nothing_meant(meanings: Sequence[Meaning]) -> ScriptError:
    """Return the error of a script without anything that can be its loss."""
    named = next((one.loss for one in meanings if one.loss is not None and one.seed is None), None)
    if named is not None:
        return ScriptError(
            f"{named.text} (line {named.line}) is not one number, and a loss is",
            f"Sum it on a line of its own, as total = np.sum({named.text}), and give --loss total.",
        )
    return ScriptError(
        "no line of its loop computes a loss, nor how far an output is from what it should be",
        "Write the loss on a line of its own, as loss = np.sum((output - target)**2), or name it with --loss.",
    )


def _functions(
    pieces: Pieces, space: dict[str, Any], loss_of: Callable[[Mapping[str, Any]], Any]
) -> tuple[Callable[..., Any], Callable[[Any], Any] | None]:
    """Return what `check_backward` is given: the pieces, called with what they take."""

    def taken(piece: Piece, left: Mapping[str, Any]) -> dict[str, Any]:
        # All in one: what are two names of one array stays so.
        own = {name: left[name] if name in left else space[name] for name in piece.takes}
        kept = deepcopy({name: one for name, one in own.items() if isinstance(one, _COPIED)})
        return {**own, **kept}

    def gradients(left: Mapping[str, Any]) -> dict[str, Any]:
        return {of: left[name] for of, name in pieces.names.items()}

    def forward(**parameters: Any) -> Any:
        space.update(parameters)
        left = pieces.forward.function(**taken(pieces.forward, parameters))
        loss = loss_of(left)
        if loss is None:
            return None
        return (loss, gradients(left)) if pieces.backward is None else (loss, left)

    def backward(cache: Any) -> Any:
        assert pieces.backward is not None
        return gradients(pieces.backward.function(**taken(pieces.backward, cache)))

    return forward, None if pieces.backward is None else backward


_COPIED = (np.ndarray, list, dict, set)
"""What an iteration changes in place; the next run is to find it as it was."""
