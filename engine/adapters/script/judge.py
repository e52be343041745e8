"""The gradients of one iteration of a script, compared with the loss that it computes or means."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from types import FunctionType
from typing import Any

import numpy as np

from ...manual import require_gradients
from ...repair.deadline import Deadline, Progress
from ...repair.effects import hold_effects
from ...verdict.comparison import Comparison
from ...verdict.status import Status
from ..errors import ScriptError
from ..numpy.calling import run_user
from ..numpy.check import check_at_points
from ..numpy.state import restoring
from .cut import Cut
from .loop import Seed, gradients_in, line_of, moved_in_part, seed_in, turn_of, updates_in
from .losses import MEANT, Meaning, losses_in, named_loss

POINTS = 2
"""Weights that begin as zeros hide much."""


class Script:
    """A script.

    Args:
        text: of the file.
        file: its name.

    Attributes:
        setup_code: what has to be carried out first.
        gradients: by parameter its gradient, as far as that can be guessed; {} where it looks like no script that
            trains by hand.
    """

    def __init__(self, text: str, file: str) -> None:
        self._file, self._tree = file, ast.parse(text, file)
        self._turn = turn_of(self._tree)
        self.gradients: dict[str, str] = gradients_in(self._turn)

    @property
    def setup_code(self) -> Any:
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
            space: the variables that `setup_code` has left.
            gradients: by parameter its gradient: a name, or what a parameter is moved by as it stands there.
            loss: the name of the loss; by default a usual one.
            quick, progress: see `check_backward`, which says what is raised, besides a `ScriptError`.
        """
        for of in gradients:
            if np.asarray(space.get(of)).dtype.kind != "f":
                raise ScriptError(f"{of} is no number and no array of floating point before the loop", "Name others.")
        parameters = {of: space[of] for of in gradients}
        require_gradients()
        deadline = Deadline(progress)
        if loss and not line_of(loss, self._turn.body):
            raise ScriptError(f"nothing in its loop gives {loss} a value", "Say with --loss what the loss is called.")
        meanings = list(self._meanings(gradients, loss))

        def compare(meaning: Meaning, deadline: Deadline | None) -> Comparison | None:
            """Return the verdict; None where the script does not mean this."""
            cut = Cut(self._turn, gradients, meaning.goals, meaning.lifts)
            with cut.functions(self._file, space) as functions:
                forward, backward = _wrap(*functions, cut.names, space, meaning.compute_loss)
                with restoring(forward):
                    if run_user("the script", lambda: forward(**parameters)) is None:
                        return None
                return check_at_points(forward, backward, dict(parameters), deadline, quick=quick, points=POINTS)

        tried = []
        with hold_effects():
            for one in meanings:
                found = compare(one, deadline if len(meanings) == 1 else None)
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
                again = compare(meaning, deadline)
                found = found if again is None else again
        uphill = self._uphill(meaning) if found.ok else ()
        said = [
            found.remark,
            meaning.remark(self._turn.body, is_right=found.ok),
            *self._remark_unjudged(gradients),
            *uphill,
        ]
        found.remark = " ".join(filter(None, said))
        return found

    def _meanings(self, gradients: Mapping[str, str], loss: str) -> Iterator[Meaning]:
        """Yield what the gradients may be of: a loss, or one that the seed implies."""
        losses = [named_loss(loss, self._turn)] if loss else losses_in(self._turn, gradients)
        for one in losses:
            yield Meaning(one)
            if one.lift is not None and one.lift.at not in self._turn.body:
                yield Meaning(one, is_shared=True)
        seed = None if loss else seed_in(self._turn, gradients)
        own = losses[0] if losses else None
        for signed in () if seed is None else self._signed_seeds(seed):
            if own is not None and own.is_said:
                yield from (Meaning(own, signed, meant) for meant in MEANT if meant.times == 1.0)
            else:
                yield from (Meaning(own, signed, meant, is_shared) for is_shared in (False, True) for meant in MEANT)

    def _signed_seeds(self, seed: Seed) -> list[Seed]:
        """Return the difference with the sign by which the updates go downhill, and as it stands."""
        signs = {-one.sign * _sign_in(one.by) for one in updates_in(self._turn.body) if one.name in self.gradients}
        downhill = [seed._replace(sign=sign) for sign in signs - {seed.sign}]
        return [*downhill, seed] if len(signs) == 1 else [seed]

    def _remark_unjudged(self, gradients: Mapping[str, str]) -> Iterator[str]:
        for moved, line in moved_in_part(self._turn):
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
    """Return the guess that most gradients are of; of several the script's own loss, or its mean."""
    own = [_gradients_of(found) for meaning, found in tried if meaning.seed is None]
    meant = [
        (meaning.meant, _gradients_of(found)) for meaning, found in tried if meaning.seed and not meaning.is_shared
    ]
    computed = {loss for loss, of_it in meant if any(_are_same(of_it, one) for one in own)}

    def unlikely(one: tuple[Meaning, Comparison]) -> tuple[int, bool]:
        wrong = sum(result.status is Status.WRONG for result in one[1].results)
        return wrong, one[0].seed is not None and one[0].meant not in computed

    return min(tried, key=unlikely)


def _gradients_of(found: Comparison) -> dict[str, Any]:
    return {one.name: one.expected for one in found.results if one.status is not Status.SKIPPED}


def _are_same(own: Mapping[str, Any], others: Mapping[str, Any]) -> bool:
    return own.keys() == others.keys() and all(np.allclose(own[name], others[name]) for name in own)


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


def _wrap(
    first: FunctionType,
    second: FunctionType | None,
    names: Mapping[str, str],
    space: dict[str, Any],
    loss_of: Callable[[Mapping[str, Any]], Any],
) -> tuple[Callable[..., Any], Callable[[Any], Any] | None]:
    """Return what `check_backward` is given: what was cut, called with what it takes."""

    def run(function: FunctionType, left: Mapping[str, Any]) -> Any:
        # All in one: what are two names of one array stays so.
        takes = function.__code__.co_varnames[: function.__code__.co_argcount]
        own = {name: left[name] if name in left else space[name] for name in takes}
        return function(**{**own, **deepcopy({name: one for name, one in own.items() if isinstance(one, _COPIED)})})

    def gradients(left: Mapping[str, Any]) -> dict[str, Any]:
        return {of: left[name] for of, name in names.items()}

    def forward(**parameters: Any) -> Any:
        space.update(parameters)
        left = run(first, parameters)
        loss = loss_of(left)
        return None if loss is None else (loss, gradients(left) if second is None else left)

    def backward(cache: Any) -> Any:
        assert second is not None
        return gradients(run(second, cache))

    return forward, None if second is None else backward


_COPIED = (np.ndarray, list, dict, set)
"""What an iteration changes in place; the next run is to find it as it was."""
