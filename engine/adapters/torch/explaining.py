"""What is said of a Function that is wrong: which mistake it makes, and on which line."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from ...arrays.edges import Floats
from ...repair.deadline import Deadline
from ...repair.proof import LATE, Proof, patch_of_all
from ...repair.source import source_at
from ...slips.slip import Slip
from ..explanation import slip_with
from .diagnosis import MOST_DIAGNOSED, slip_of
from .proving import Prover
from .replay import Replay
from .report import Verdict
from .sentences import UNEXPLAINED
from .truth import Input


class Explainer:
    """It explains each mistake once."""

    def __init__(self, deadline: Deadline | None, is_quick: bool) -> None:
        """See the class.

        Args:
            deadline: when experiments have to be over; None does without.
            is_quick: whether they say only where it is wrong, without a change.
        """
        self._prover = None if deadline is None else Prover(deadline, is_quick)
        self._slips: dict[Hashable, Slip] = {}

    @property
    def _proofs(self) -> list[Proof]:
        return [] if self._prover is None else list(self._prover.proofs.values())

    @property
    def remark(self) -> str:
        """Return what is to be said besides; "" for nothing."""
        return LATE if any(proof.is_late for proof in self._proofs) else ""

    def patch(self, wrong: int) -> str:
        """Return the edit that fixes all wrong Functions; "" for none.

        There are `wrong` of them.
        """
        return patch_of_all(self._proofs) if len(self._proofs) == wrong else ""

    def slip(self, one: Input, truth: Floats | None) -> Slip:
        """Return the slip in what a backward gives for an input."""
        if one.key not in self._slips:
            self._slips[one.key] = slip_of(one, truth)
        return self._slips[one.key]

    def told(self, inputs: Sequence[Input], wrong: Mapping[Input, Verdict]) -> Verdict:
        """Return the verdict on the first wrong input.

        It says what is to be said of the others too, each mistake once.
        """
        proof = Proof() if self._prover is None else self._prover.proof(_smallest(inputs, wrong), inputs)
        told: dict[int, Verdict] = {}
        for one, verdict in wrong.items():
            cause = next((cause for cause in proof.causes if one.name in cause.fixed), None)
            if proof.is_whole:
                cause = cause or proof.causes[0]
                assert verdict.slip is not None
                slip = slip_with(cause, verdict.slip, one.name, UNEXPLAINED.format(one.name))
                told.setdefault(id(cause), verdict._replace(slip=slip, source=cause.source))
            else:
                told[id(one)] = _blamed(verdict, proof, one.name)
        shown = next(iter(told.values()))
        assert shown.slip is not None
        message = " ".join(one.slip.message for one in told.values() if one.slip is not None)
        return shown._replace(slip=Slip(shown.slip.kind, message, shown.slip.also))


def _smallest(inputs: Sequence[Input], wrong: Mapping[Input, Verdict]) -> Replay:
    """Return the call, or one with less in it where that is wrong too."""
    is_large = inputs[0].count > MOST_DIAGNOSED
    less = next((one.less for one in wrong if one.less is not None), None) if is_large else None
    return (less or inputs[0]).replay


def _blamed(verdict: Verdict, proof: Proof, name: str) -> Verdict:
    """Return a verdict with the line from which the wrong gradient follows.

    It is for where no edit fixes everything.
    """
    source = verdict.source
    line = next((line for line, names in proof.origins.items() if name in names), None)
    if line is None and source is not None and (source.file, source.line) not in proof.front:
        line = next(iter(proof.front), None)
    return verdict if line is None else verdict._replace(source=source_at(*line))
