"""What a turn does, statement by statement: what it moves, what may be the gradient of that, and the loss."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from handgrad.adapters.numpy.gradients import match_name

from .arrays_in_reach import Place, is_number, last_name, name_of, owner_of, same, value_at
from .training_code import LOSS, RATE_NAMES, is_loop, rates_given
from .turns import NOTE, Left, Turn

NO_GRADIENT = re.compile(
    r"^(m|v|s|r|(?i:(running|moving|ema|avg)_?.*|mem|cache|vel(oc.*|_.*)?|moment.*|mw.*|vw.*|vb.*|mb.*|.*_(m|v|cache|mem|vel|velocity|momentums?)))$"
)
"""What an optimizer keeps beside a gradient."""

_PLAIN = ("g", "G", "gr")
"""What a gradient is called by who has one alone."""

IS_GRADIENT = re.compile(r"(?i:grad|nabla|delta)|^d_?[A-Z]|^d(w|b|weights?|bias(es)?|x|inputs?)\d*$")

SCALAR = re.compile(r"(?i)^(w|b|m|c|theta|beta|weight|bias|slope|intercept|coef)s?_?\d*$")
"""What a parameter that is one number is called."""

_AFTER = re.compile(r"(\b|_)(clip\w*|norms?|sign|noise|decay|randn?|random|normal)\b")
"""What is done to a gradient that is known, before the step."""

_PASSES_BACK = re.compile(r"@|\.T\b|\b(dot|matmul|outer|einsum|transpose)\(")
"""How a gradient is passed on, which is never done to it for the step alone."""

FEWEST_SIGNS = 10
"""The signs of fewer numbers may agree by chance."""

EXACT = ("loss", "total_loss", "cost", "J", "L", "l")


@dataclass
class Gradient:
    """What was taken for the gradient of a parameter.

    Attributes:
        of: the parameter's place.
        path: where it stands after the turn; "" where it is what the parameter was moved by.
        last: after which statement it is there.
        rate: what it was multiplied by.
        is_free: whether what it was multiplied by is unknown.
        is_moved_by: whether the parameter was moved by it, or along its signs.
        score: how much says so.
    """

    of: Place
    path: str
    last: int
    rate: float = 1.0
    is_free: bool = False
    is_moved_by: bool = True
    score: float = 0.0


class _Candidate(NamedTuple):
    """What may be the gradient of a parameter; the likelier, the larger.

    Attributes:
        score: how much says so.
        brevity: how short its path is.
        path: where it stands after the turn.
        last: after which statement it is there.
        rate: what it was multiplied by to be the move; 0.0 where only the signs agree, None where they do not.
    """

    score: float
    brevity: int
    path: str
    last: int
    rate: float | None


@dataclass
class Record:
    """One run of a turn.

    Attributes:
        before: the numbers before it, by path.
        after: those after it.
        changed: by path after which statements it had changed, the first and the last.
        left: the variables that it left.
    """

    turn: Turn
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    changed: dict[str, list[int]] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    left: Left = field(default_factory=dict)

    def __post_init__(self) -> None:
        turn = self.turn
        turn.begin()
        self.places = turn.places()
        self.before = {path: _copy(one.value) for path, one in self.places.items()}
        now = dict(self.before)

        def note(place: int, own: Left) -> None:
            here = turn.globals if turn.is_global else own
            wide = here if turn.is_global else {**turn.globals, **here}
            values = {path: one.value for path, one in turn.places(here).items()}
            if not is_loop(turn.body):
                values |= {name: one for name, one in here.items() if name in turn.own}
            # Another name may lead to the same object by now.
            values |= {path: value_at(path, wide) for path in self.before.keys() - values.keys()}
            for path, value in values.items():
                if is_number(value) and (path not in now or not same(now[path], value)):
                    now[path] = _copy(value)
                    self.changed.setdefault(path, []).append(place)

        (function,), _ = turn.functions(turn.statements, note=True)
        turn.globals[NOTE] = note
        try:
            self.left = turn.call(function, turn.space)
        finally:
            turn.globals.pop(NOTE, None)
        self.after = now

    @property
    def moved(self) -> list[Place]:
        """Return what was there before and has other numbers afterwards."""
        return [
            self.places[path]
            for path, old in self.before.items()
            if path in self.changed
            and np.shape(old) == np.shape(self.after[path])
            and not same(old, self.after[path])
            # What counts is a whole number before and after.
            and not isinstance(self.after[path], int)
        ]

    def places_of(self, one: Gradient) -> list[int]:
        """Return after which statements a gradient has changed, or what it is written with."""
        names = re.findall(r"[A-Za-z_]\w*", one.path)
        own = self.changed.get(one.path or one.of.path)
        return own or sorted(at for path, places in self.changed.items() if path in names for at in places)

    def of_the_step(self, gradients: Sequence[Gradient]) -> frozenset[int]:
        """Find the statements that may change known gradients for the step: clip them, add noise, or weight decay."""
        found = set()
        for one in gradients:
            for at in self.changed.get(one.path, ())[1:]:
                text = ast.unparse(self.turn.statements[at])
                if (self._reads(at, one.of) or _AFTER.search(text)) and not _PASSES_BACK.search(text):
                    found.add(at)
        return frozenset(found)

    def reads_parameter(self, one: Gradient) -> bool:
        """Return whether what computes a gradient reads the parameter that it is of, as weight decay does."""
        return any(self._reads(at, one.of) for at in self.changed.get(one.path, ()))

    def _reads(self, at: int, of: Place) -> bool:
        statement = self.turn.statements[at]
        is_plain = isinstance(statement, (ast.Assign, ast.AugAssign))
        return is_plain and re.search(rf"(?<!\w){re.escape(of.path)}(?!\w)", ast.unparse(statement)) is not None

    def gradients(self, named: Mapping[str, str] = MappingProxyType({})) -> list[Gradient]:
        """Return what may be the gradients of what was moved.

        Args:
            named: by parameter its gradient, as the person writes it.
        """
        if named:
            pairs = [Gradient(self.places[of], text, 0) for of, text in named.items() if of in self.places]
            return [replace(one, last=self.places_of(one)[-1]) for one in pairs if self.places_of(one)]
        if not is_loop(self.turn.body):
            return [
                Gradient(of, path, places[-1])
                for of in self.places.values()
                for path, places in self.changed.items()
                if path not in self.before and match_name(name_of(path), [str(of.key)]) is not None
            ]
        moved = [one for one in self.moved if not is_gradient(one.path)]
        rates = self.rates | self._common_rates()
        known = [one for one in (self._gradient(one, rates) for one in moved) if one is not None]
        self._share_out(known, rates)
        known = [one for one in known if not one.path or self._is_nearest(one, known)]
        with_gradient = [one for one in known if one.path]
        is_plain = all(any(np.isclose(one.rate, rate) for rate in self.rates) for one in with_gradient)
        # Beside parameters with gradients, what else has moved is one only where all that moves is a step times that.
        return known if is_plain else with_gradient

    def _share_out(self, known: list[Gradient], rates: set[float]) -> None:
        """Give what was taken for two parameters' to one of them, where as much says another is the other's."""
        for at, one in enumerate(known):
            taken = Counter(each.path for each in known)
            other = self._gradient(one.of, rates, taken.keys()) if one.path and taken[one.path] > 1 else None
            if other is not None and other.path and other.score == one.score:
                known[at] = other

    def _common_rates(self) -> set[float]:
        """Return by what several arrays were all moved: the share of something of their shape, the same for each."""
        found: list[set[float]] = []
        for of in self.moved:
            if np.size(of.value) > 1:
                move = np.asarray(self.before[of.path]) - np.asarray(self.after[of.path])
                alike = (self.after[path] for path in self.changed)
                rates = (_rate_between(move, np.asarray(one)) for one in alike if np.shape(one) == move.shape)
                found.append({float(f"{rate:.6g}") for rate in rates if rate and rate > 0})
        return set.intersection(*found) if len(found) > 1 else set()

    def _gradient(self, of: Place, rates: set[float], taken: Collection[str] = ()) -> Gradient | None:
        """Return what may be the gradient of what was moved, but for what is `taken`."""
        own = str(of.key).lower()
        beside = [one for one in self.moved if one.key == of.key and one.owner != of.owner]
        is_own = any(owner_of(path) == of.owner and self._says(path, of) == 4 for path in self.changed)
        if (beside or self.is_kept(of)) and NO_GRADIENT.match(last_name(of.owner)) and not is_own:
            return None  # what an optimizer keeps of a parameter
        if own in RATE_NAMES or "rate" in own or LOSS.search(own) is not None:
            return None
        move = np.asarray(self.before[of.path]) - np.asarray(self.after[of.path])
        is_named = any(self._says(path, of) >= 3 for path in self.changed)
        if self._adds_squares(of, move) or (self.is_kept(of) and np.size(move) > 1 and not is_named):
            return None
        each = (self._rank(path, of, move, rates) for path in self.changed if path not in taken)
        ranked = [one for one in each if one is not None]
        if not ranked or max(ranked).score < 2:
            return self._take_move(of, move)
        best = max(ranked)
        # Where one thing has two names, the line that computes it is known by the first.
        alike = (one for one in ranked if same(self.after[one.path], self.after[best.path]))
        first = min(alike, key=attrgetter("last"))
        chosen = first if first.score >= 3 else best
        # Momentum after the first step is some share of it, and what moves by the sign alone is named.
        goes = float(np.sign(np.vdot(np.sign(move), np.sign(self.after[chosen.path])))) or 1.0
        return Gradient(
            of, chosen.path, chosen.last, best.rate or goes, is_moved_by=best.rate is not None, score=best.score
        )

    def _rank(self, path: str, of: Place, move: Any, rates: set[float]) -> _Candidate | None:
        """Return how much says that something is the gradient of a parameter that made a move; None where too little.

        Args:
            rates: the steps that are known.
        """
        value, places = self.after[path], self.changed[path]
        if path == of.path or np.size(value) != np.size(move) or np.squeeze(value).shape != np.squeeze(move).shape:
            return None
        is_itself = name_of(path) == str(of.key) and same(value, self.after[of.path])
        is_early = self.changed[of.path][-1] < places[0]  # nothing moves before its gradient is there
        if is_itself or is_early or (path in self.before and NO_GRADIENT.match(name_of(path))):
            return None
        rate = _rate_between(move, np.asarray(value))
        says = self._says(path, of) or (name_of(path) in _PLAIN)
        is_known = rate is not None and any(np.isclose(abs(rate), one, rtol=1e-6) for one in rates)
        if says < 3 and (rate is None or (np.size(move) == 1 and not (says == 2 and is_known))):
            return None
        if not says and not (is_known and rate and rate > 0):
            return None  # what has the same shape may be a multiple by chance
        goes_along = rate == 0.0 and np.size(move) >= FEWEST_SIGNS
        score = says + (2 if rate else 0) + (1.5 if is_known else 0) + (1 if goes_along else 0)
        return _Candidate(score, -len(path), path, places[-1], rate)

    def _take_move(self, of: Place, move: Any) -> Gradient | None:
        """Return the move of what may be a parameter for its gradient, where nothing else is; None where it is none."""
        own = str(of.key).lower() if isinstance(of.key, str) else last_name(of.owner)
        is_like = SCALAR.match(own) if np.size(move) == 1 else not self.is_kept(of)
        alike = [one for one in self.changed if np.shape(self.after[one]) == move.shape and one != of.path]
        is_plain = not any(
            is_kept(path) for path in alike if np.size(move) > 1 or not SCALAR.match(path.removeprefix("self."))
        )
        if len(self.rates) > 1 or not (is_like and is_plain) or last_name(of.path) in self.turn.overwritten:
            return None
        last = self.changed[of.path][-1]
        statement = self.turn.statements[last]
        # What is added is what the lines before it compute: of a loss taken downhill.
        is_added = not self.rates and isinstance(statement, ast.AugAssign) and isinstance(statement.op, ast.Add)
        rate = -1.0 if is_added else next(iter(self.rates), 1.0)
        return Gradient(of, "", last, rate, is_free=not self.rates)

    def _adds_squares(self, of: Place, move: Any) -> bool:
        """Return whether a share of the square of something was added to zeros, as by Adagrad."""
        if np.any(self.before[of.path]) or np.size(move) < 2:
            return False
        alike = [np.asarray(self.after[one]) for one in self.changed if np.shape(self.after[one]) == move.shape]
        return any((_rate_between(-move, one**2) or 0.0) > 0.0 for one in alike if np.ptp(one))

    def _is_nearest(self, one: Gradient, known: Sequence[Gradient]) -> bool:
        """Return whether no other name says more that the gradient is its own: what is moved by it too is momentum."""
        return all(
            self._says(one.path, each.of) <= self._says(one.path, one.of) for each in known if each.path == one.path
        )

    def is_kept(self, of: Place) -> bool:
        """Return whether an optimizer keeps it beside a parameter, by its name: there is one of its shape."""
        moved = [one for one in self.moved if not is_kept(one.path)]
        return is_kept(of.path) and any(np.shape(one.value) == np.shape(of.value) for one in moved)

    def _says(self, path: str, of: Place) -> float:
        """Return how far a name says that it is the gradient."""
        own, name = str(of.key), str(name_of(path))
        owner = owner_of(path)
        if match_name(name, [own, *self._aliases(of)]) is not None:
            return 4 if owner == of.owner else 3
        if owner == of.owner and own in ("v", "val", "value", "data") and name in ("d", "g", "grad"):
            return 4
        is_beside = name == own and owner != of.owner
        if is_beside and re.search(r"(?i:grad|nabla|delta)|^d|^given_", last_name(owner)):
            return 3.5
        if name.lower() in (f"d{own[:1].lower()}", f"d_{own[:1].lower()}"):
            return 2
        return 1 if is_gradient(path) or (is_beside and NO_GRADIENT.match(last_name(owner)) is None) else 0

    def _aliases(self, of: Place) -> list[str]:
        """Return the variables that are the same array."""
        is_array = isinstance(of.value, np.ndarray)
        return [name for name, one in self.left.items() if is_array and one is of.value]

    @cached_property
    def rates(self) -> set[float]:
        """Return the steps that variables and attributes are called, else those that functions are given."""
        before, after = (
            {path: one for path, one in held.items() if np.ndim(one) == 0} for held in (self.before, self.after)
        )
        named = {float(one) for path, one in {**before, **after}.items() if name_of(path).lower() in RATE_NAMES}
        return named or rates_given(self.turn.tree)


def is_gradient(path: str) -> bool:
    """Return whether it, or the list that it is in, has the name of a gradient."""
    name = last_name(path) if name_of(path).isdigit() else name_of(path)
    return IS_GRADIENT.search(name) is not None or path.endswith(".d")


def is_kept(path: str) -> bool:
    """Return whether an optimizer keeps it, by its name or by that of what it is in."""
    return any(NO_GRADIENT.match(one) for one in re.findall(r"[A-Za-z_]\w*", path)[-2:])


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, np.ndarray) else value


def _rate_between(move: Any, value: Any) -> float | None:
    """Return by what a number was multiplied to be a move; 0.0 where only the signs agree, None where they do not."""
    one, other = np.ravel(move).astype(float), np.ravel(value).astype(float)
    size = float(np.abs(other).max(initial=0.0))
    if not size or not np.abs(one).max(initial=0.0) or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return None
    at = int(np.abs(other).argmax())
    rate = float(one[at] / other[at])
    if rate and np.allclose(one, rate * other, rtol=1e-6, atol=1e-9 * abs(rate) * size + 1e-15):
        return rate
    is_there = np.abs(other) > 1e-9 * size
    signs = np.sign(one[is_there]) * np.sign(other[is_there])
    return 0.0 if abs(signs.sum()) >= 0.98 * signs.size else None
