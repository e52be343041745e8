"""What is wrong with a rule, in words and with its line: one fault a wrong line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from types import CodeType
from typing import TYPE_CHECKING, Any

from ...arrays.amounts import alike, is_anything, plain
from ...repair.lines import Seen, handed_over, making_line, setting_line, source_in, watched
from ...repair.proof import Proof
from ...repair.source import Source, function_behind
from ...rulecheck.exercise import Wrong, likeliest, wrong_in
from ...rulecheck.rule import OUTPUT, UPSTREAM
from .asking import Asker, Sitting
from .engine import Engine
from .functions import functions_of, held_by, is_constructor
from .graph import Graph, Place
from .making import Makers
from .proving import Prover, restated
from .pullbacks import RULES, Kind, fresh_pullback, passed_on
from .subject import Fault

if TYPE_CHECKING:
    from .operations import Operation

_ASSIGNED = "assigned (=), not added (+=): what other uses have passed on before is lost."
_THE_SAME = "whatever arrives, it passes on the same. Where is the upstream gradient multiplied in?"


class Finder:
    """Finds the faults of the rules of one graph."""

    def __init__(self, graph: Graph, makers: Makers, asker: Asker, prover: Prover | None = None) -> None:
        """Of one graph.

        Args:
            prover: tries what is wrong by experiment; None does without.
        """
        self._asker, self._prover = asker, prover
        self.proofs: list[Proof] = []
        self.is_proven = True
        """Whether experiments have proven all that was found."""
        self.unasked: list[Operation] = []
        """Those whose rule has raised an error, wherever it was asked."""
        self._placer = Placer(graph.engine, makers)
        # Where no rule at all is found, they are kept in a way that is not known.
        self._has_rules = graph.has_rules

    def faults(self, operation: Operation) -> list[Fault]:
        """What is wrong with the rule of one operation."""
        if not (self._has_rules or operation.places[0].is_misplaced):
            return []
        sittings = list(self._asker.sittings(operation))
        if not sittings and operation.is_told:
            self.unasked.append(operation)
        found = list(self._found(operation, sittings))
        if not found or self._prover is None or not operation.is_told:
            self.is_proven &= not found
            return found
        proof = self._prover.proof(operation, sittings, found)
        self.proofs.append(proof)
        told = restated(found, proof) if proof.is_whole else found
        self.is_proven &= proof.is_whole and len(told) == len(proof.causes)
        return told

    def _found(self, operation: Operation, sittings: Sequence[Sitting]) -> Iterator[Fault]:
        wrong: dict[int, list[Wrong]] = {}
        # Where the true slopes are not known, a rule can still be seen to lose what was there before.
        for sitting in sittings if operation.is_told else ():
            for one in self._wrong(sitting, operation):
                if sitting.place.has_twins and not sitting.asked.kept[one.which]:
                    continue  # the second use has the last word
                wrong.setdefault(one.which, []).append(one)
        told = {which: likeliest(found) for which, found in wrong.items()}
        yield from self._of_numbers(operation, told, wrong, {id(sitting.asked): sitting for sitting in sittings})
        if not operation.is_told:
            yield from self._of_its_own(operation, sittings[:1])
        for sitting in sittings:
            for which, is_kept in enumerate(sitting.asked.kept):
                if not is_kept and which not in told:
                    told[which] = Wrong(which, None, "", sitting.asked, None)
                    yield self._fault(operation, sitting, which, "overwrites", _ASSIGNED)
        again = next((sitting for sitting in sittings if sitting.repeats), None)
        if again is not None:
            which = next(i for i, passed in enumerate(again.asked.given) if is_anything(passed))
            clause = "what has arrived earlier is handed on again with what arrives. What is new in each call?"
            yield self._fault(operation, again, which, "double", clause, ("order",))
        spoilt = next((sitting for sitting in sittings if sitting.spoilt), None)
        if spoilt is not None:
            yield self._spoilt(operation, spoilt)
        damaging = next((sitting for sitting in sittings if sitting.asked.changed), None)
        if damaging is not None:
            yield self._damaged(operation, damaging)

    def _wrong(self, sitting: Sitting, operation: Operation) -> list[Wrong]:
        place, rule = sitting.place, sitting.asked.rule
        try:
            found = wrong_in(sitting.asked, operation.truth(place, rule.inputs, rule.output))
        except (ArithmeticError, ValueError):  # no slope at that point
            return []
        return found if found and operation.is_steady(place, rule.inputs) else []

    def _of_numbers(
        self,
        operation: Operation,
        told: Mapping[int, Wrong],
        wrong: Mapping[int, list[Wrong]],
        sittings: Mapping[int, Sitting],
    ) -> Iterator[Fault]:
        """What is wrong with the numbers; `sittings` by the ids of what was asked in them."""
        together = self._both_in_one(wrong, sittings)
        if together is not None:
            yield self._fault(operation, *together)
            return
        for which, one in told.items():
            sitting = sittings[id(one.asked)]
            clause = one.clause or (
                "its slope, measured, is another one, and no usual mistake gives this number. What is the derivative?"
            )
            also = one.also
            if sitting.place.pullback.kind is Kind.NONE:
                clause = "nothing is passed on, as the node that comes out has no rule. Where is its rule set?"
            if not one.asked.kept[which]:
                clause += " It is assigned (=), too, where it belongs added (+=)."
                also = (*also, "overwrites")
            fault = self._fault(operation, sitting, which, one.kind, clause, also)
            yield fault._replace(is_named=bool(one.clause) or sitting.place.pullback.kind is Kind.NONE)

    def _of_its_own(self, operation: Operation, sittings: Sequence[Sitting]) -> Iterator[Fault]:
        """What is wrong with a rule whatever its forward is: much less arrives, and it passes on the same."""
        for sitting in sittings:
            less = self._asker.pulled(sitting.place, sitting.made, 1e-3 * sitting.asked.upstream, None)[0].given
            for which, (whole, part) in enumerate(zip(sitting.asked.given, less)):
                if is_anything(whole) and part is not None and alike(part, whole, 1e-6):
                    yield self._fault(operation, sitting, which, "forgot-upstream", _THE_SAME)

    def _both_in_one(
        self, wrong: Mapping[int, list[Wrong]], sittings: Mapping[int, Sitting]
    ) -> tuple[Sitting, int, str, str] | None:
        """What belongs to one operand added to the other's."""
        pairs = [(one, two) for one in wrong.get(0, ()) for two in wrong.get(1, ()) if one.asked is two.asked]
        for pair in pairs:
            for one, other in (pair, pair[::-1]):
                given = one.asked.given
                if given[one.which] is None or is_anything(given[other.which]):
                    continue
                if alike(plain(given[one.which]), one.true + other.true, 1e-6):
                    to, of = (one.asked.rule.names[i] for i in (one.which, other.which))
                    clause = f"what belongs to {of} is added to {to}. Whose gradient does each line write?"
                    return sittings[id(one.asked)], other.which, "missing-path", clause
        return None

    def _damaged(self, operation: Operation, sitting: Sitting) -> Fault:
        at = sitting.asked.changed[0]
        own = {OUTPUT: "its own data is", UPSTREAM: "the gradient of the node itself is"}
        what = own.get(at) or f"the data of {sitting.asked.rule.names[at]} is"
        clause = f"{what} changed on the way, in place. Who else needs it as it was?"
        return self._fault(operation, sitting, max(at, 0), "in-place", clause, look_at=at)

    def _spoilt(self, operation: Operation, sitting: Sitting) -> Fault:
        """An operation that works in the data of its operand."""
        which = sitting.spoilt[0]
        name = sitting.asked.rule.names[which]
        clause = f"the data of {name} is changed, in place, as the node is made. Who else needs it as it was?"
        source = self._placer.of_spoiling(sitting, which)
        return Fault(operation.places, which, "in-place", clause, source, operation.name)

    def _fault(
        self,
        operation: Operation,
        sitting: Sitting,
        which: int,
        kind: str,
        clause: str,
        also: tuple[str, ...] = (),
        look_at: int | None = None,
    ) -> Fault:
        source = self._placer.source(sitting, which, kind, look_at)
        return Fault(operation.places, which, kind, clause, source, operation.name, also)


def name_of(engine: Engine, makers: Makers, place: Place) -> str:
    """What they call the operation that made a node: `exp`, `__mul__`, `MatMul`."""
    owner = place.pullback.owner
    if place.maker is None and owner is not None:
        return owner.__name__ if isinstance(owner, type) else type(owner).__name__
    function = function_behind(makers.function(place))
    symbol = engine.symbol(place.node)
    if function is None or function.__name__ in ("<lambda>", "apply", "__call__"):
        # With a class for each operation, the node's own says which it is.
        kind = type(place.node)
        return symbol or (kind.__name__ if any(type(one) is not kind for one in place.operands) else "an operation")
    if is_constructor(function):
        return type(place.node).__name__
    if function.__closure__ is None:
        return function.__name__
    # Made by another function, it goes by the name that it was given there.
    spaces = [*function.__globals__.items(), *((name, one) for name, one in functions_of(type(place.node)))]
    return next((name for name, held in spaces if held is function), function.__name__)


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
        upstream = frozenset(self._upstream(place))
        if at is None:
            code = next((code for code in codes if code in seen.last), codes[-1])
            line = seen.last.get(code, code.co_firstlineno)
            at = (code, handed_over(code, line, which, len(place.operands), upstream))
        elif rule.adds_itself and kind not in ("overwrites", "in-place", "forgot-upstream", "sign"):
            # Where it adds no more than a variable times what arrives, the variable is what is wrong.
            at = (at[0], handed_over(*at, 0, 1, upstream))
        return source_in(*at)

    def _upstream(self, place: Place) -> Iterator[str]:
        """What a rule calls the gradient that arrives."""
        rule = place.pullback
        for name, held in held_by(rule.called).items() if rule.is_closure else ():
            if held is place.node:
                yield f"{name}.{self._engine.grad_name}"
        code = None if rule.function is None else rule.function.__code__
        if rule.kind is Kind.CLASS and code is not None:
            yield from code.co_varnames[1 : code.co_argcount]
        elif rule.kind is Kind.METHOD and code is not None:
            yield f"{code.co_varnames[0]}.{self._engine.grad_name}"

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
        rule = fresh_pullback(engine, place.pullback, out, len(fresh))
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
