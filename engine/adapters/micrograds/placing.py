"""On which line of theirs a fault is: their rule, or what makes its node, is run once more and watched."""

from __future__ import annotations

from functools import partial
from types import CodeType
from typing import Any

from ...arrays.amounts import is_anything
from ...asked.rule import OUTPUT, UPSTREAM
from ..lines import Seen, handed_over, making_line, setting_line, source_in, watched
from ..source import Source
from .asking import Sitting
from .calling import fresh_pullback, passed_on
from .making import Makers
from .pullbacks import RULES, Kind
from .reading import Engine


class Placer:
    """Finds the lines of the faults of one graph."""

    def __init__(self, engine: Engine, makers: Makers) -> None:
        self._engine, self._makers = engine, makers

    def source(self, sitting: Sitting, which: int, kind: str, look_at: int | None = None) -> Source | None:
        """The line of a fault: where the gradient of an operand is written last, or what is handed over for it.

        Args:
            which: the operand's place.
            kind: of the fault, as of a `Slip`.
            look_at: what is changed that should not be, as of `Answer.changed`; None for the operand's gradient.
        """
        place = sitting.place
        rule = place.pullback
        if rule.adds_itself and not is_anything(sitting.asked.given[which]):
            # What should go to this operand may be written to another.
            which = next((i for i, amount in enumerate(sitting.asked.given) if is_anything(amount)), which)
        if rule.kind is Kind.LOCALS and rule.called is not None:
            seen, _ = self._watched(sitting, which, look_at)
            code = rule.codes[which if len(rule.codes) == len(place.operands) else 0]
            return source_in(code, handed_over(code, seen.last.get(code, code.co_firstlineno), 0, 1))
        if rule.kind in (Kind.NONE, Kind.LOCALS):
            return self._in_the_maker(sitting, which)
        seen, codes = self._watched(sitting, which, look_at)
        at = seen.inner if kind in ("overwrites", "in-place") else seen.outer or seen.inner
        left_to = [code for code in codes[:-1] if code in seen.last]
        if left_to and kind not in ("overwrites", "in-place", "forgot-upstream"):
            # A rule that several operations share has left it to another function to work the number out.
            code = left_to[which] if len(left_to) == len(place.operands) else left_to[0]
            at = (code, handed_over(code, seen.last[code], which, len(place.operands)))
        if at is None:
            code = next((code for code in codes if code in seen.last), codes[-1])
            line = seen.last.get(code, code.co_firstlineno)
            at = (code, handed_over(code, line, which, len(place.operands)))
        return source_in(*at)

    def _in_the_maker(self, sitting: Sitting, which: int) -> Source | None:
        """Where a node is made: the line of a local gradient, or the one that sets its rule, or fails to."""
        place = sitting.place
        function = self._makers.function(place)
        if function is None:
            return None
        code, run = function.__code__, partial(self._makers.again, place, sitting.asked.rule.inputs)
        if place.pullback.kind is Kind.LOCALS:
            line = watched(run, lambda: None, [code]).last.get(code, code.co_firstlineno)
            return source_in(code, handed_over(code, line, which, len(place.operands)))
        set_at = setting_line(code, RULES)
        return making_line(function, run) if set_at is None else source_in(code, set_at)

    def _watched(self, sitting: Sitting, which: int, look_at: int | None) -> tuple[Seen, list[CodeType]]:
        engine = self._engine
        place = sitting.place
        out, fresh = sitting.made()
        rule = fresh_pullback(engine, place, out, len(fresh))
        codes = list(place.pullback.codes)

        def look() -> Any:
            if look_at is None:
                return engine.raw_grad(fresh[which])
            if look_at == UPSTREAM:
                return engine.raw_grad(out)
            return getattr(out if look_at == OUTPUT else fresh[look_at], engine.data_name)

        def run() -> None:
            passed_on(engine, rule, out, sitting.asked.upstream, len(fresh))

        return watched(run, look, codes), codes

    def of_spoiling(self, sitting: Sitting, which: int) -> Source | None:
        """The line on which an operation changes the data of an operand, as it makes its node."""
        place, data = sitting.place, sitting.asked.rule.inputs
        function = self._makers.function(place)
        if function is None:
            return None
        code = function.__code__
        leaves: list[Any] = []

        def run() -> None:
            self._makers.again(place, data, leaves)

        def look() -> Any:
            return self._engine.data(leaves[which]) if leaves else data[which]

        seen = watched(run, look, [code])
        at = seen.outer or seen.inner or (code, code.co_firstlineno)
        return source_in(*at)
