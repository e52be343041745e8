"""The verdicts on a graph of numbers in which much is to be judged, each handed on to its operands as it is known.

`judge` asks each node for what its consumers pass to it, which is right for the few that are not plainly right. Where
nearly all are rounded or blank, one loop over lists of floats does the same in a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log10
from typing import Any

from ..local import local_derivatives
from ..number import half_a_digit, is_of_two_decimals, is_rounding
from ..ops import ADD, MULTIPLY
from ..value import Value
from .sizes import local_sizes
from .status import Status, Verdicts
from .tolerance import HALF_OF_TWO_DECIMALS, NOISE, TYPED, Tolerance
from .written import Written

MOST_DECIMALS = 22
"""10 to this power is the largest that a float holds exactly."""
_TENS = [10.0**power for power in range(MOST_DECIMALS + 1)]
_CLOSE = 1.0 + 1e-9


def push(  # noqa: PLR0915  (one loop: a call a node and edge would double its time)
    order: Sequence[Value],
    actual: Sequence[Any],
    expected: Sequence[float],
    written: Mapping[int, Written],
    tolerance: Tolerance,
    *,
    with_slack: bool,
    rounds: bool,
) -> tuple[Verdicts, bool]:
    """The verdicts, as of `judge`, and whether a number is accused that a mistake nearer the output reaches.

    Args:
        order, actual, expected, written, tolerance: as of `judge`; every node is a number.
        with_slack: whether what was typed is known to half its last digit only, in all that follows from it.
        rounds: see `number.is_of_two_decimals`.
    """
    count = len(order)
    place_of = dict(zip(order, range(count)))
    chain, chain_size, size = [0.0] * count, [0.0] * count, [0.0] * count
    slack, taint = [0.0] * count, [False] * count
    chain[0] = chain_size[0] = size[0] = 1.0
    statuses: dict[int, Any] = {}
    sizes: dict[int, Any] = {}
    found, has_suspects, digits = Verdicts(statuses, sizes, {}), False, 3
    rtol, atol, typed = tolerance
    correct, wrong = Status.CORRECT, Status.WRONG
    for place, node in enumerate(order):
        truth = expected[place]
        if place not in written:  # plainly right
            up = actual[place]
            up_chain_size, up_size, is_tainted = abs(up), abs(truth), False
            up_slack = half_of_last_digit(up) if with_slack else 0.0
        else:
            number, grad, precision = written[place]
            is_tainted, up_size = taint[place], size[place]
            sizes[place] = up_size
            if number is None:
                statuses[place] = Status.MISSING if grad is None else wrong
                up, up_chain_size, up_slack = chain[place], chain_size[place], slack[place]
            else:
                off = abs(number - truth)
                allowed = max(rtol, precision) * abs(truth) + atol + max(NOISE, precision) * up_size
                status, is_rough = correct, False
                if not (off <= allowed or (typed and has_digits(number, truth, off, digits))):
                    learner = chain[place], chain_size[place], slack[place] if is_tainted else 0.0
                    status, is_rough = _second_look(number, truth, learner, precision, tolerance, is_tainted, rounds)
                    if is_rough:
                        found.rough[place] = True
                    if status is wrong:
                        has_suspects = has_suspects or is_tainted
                    elif status is correct:
                        digits = digits_of(number, digits)
                statuses[place] = status
                # What a mistake reaches may be right to the digits that are typed and still be off.
                is_tainted = not (status is correct or is_rough) or (is_tainted and off > allowed)
                up, up_chain_size, up_size, up_slack = number, abs(number), abs(truth), 0.0
                if with_slack:
                    up_slack = HALF_OF_TWO_DECIMALS if is_rough else half_of_last_digit(number)
        op = node.op
        if op is None or not (up or up_size or up_chain_size or up_slack or is_tainted):
            continue
        # Sums and products, nearly all operations, are written out, as in the sweep itself.
        first, second = node._first, node._second
        if op is ADD:
            for at in (place_of[first], place_of[second]):  # type: ignore[index]
                chain[at] += up
                chain_size[at] += up_chain_size
                size[at] += up_size
        elif op is MULTIPLY:
            for at, local in ((place_of[first], second._data), (place_of[second], first._data)):  # type: ignore[index,union-attr]
                amount = abs(local)
                chain[at] += up * local
                chain_size[at] += up_chain_size * amount
                size[at] += up_size * amount
        else:
            locals_ = local_derivatives(node)
            for operand, local, amount in zip(node.operands, locals_, local_sizes(node, locals_)):
                at = place_of[operand]
                chain[at] += up * local
                chain_size[at] += up_chain_size * amount
                size[at] += up_size * amount
        if is_tainted or up_slack:
            for operand, amount in zip(node.operands, local_sizes(node, local_derivatives(node))):
                at = place_of[operand]
                slack[at] += up_slack * amount
                taint[at] = taint[at] or is_tainted
    return found, has_suspects


def _second_look(
    number: float,
    truth: float,
    learner: tuple[float, float, float],
    precision: float,
    tolerance: Tolerance,
    is_tainted: bool,
    rounds: bool,
) -> tuple[Status, bool]:
    """The verdict on a number that is not right at first sight, and whether it is right to two decimals.

    Args:
        number, truth: what is written, and the true gradient.
        learner: what arrives from the learner's own numbers, the summed sizes of that, and how far it may be off.
        precision, tolerance: as of `Tolerance.accepts`.
        is_tainted: whether a mistake reaches it.
        rounds: see `number.is_of_two_decimals`.
    """
    chain, size, slack = learner
    if tolerance.typed and is_rounding(number, truth):
        return Status.CORRECT, False
    if tolerance.accepts(number, chain, size, 0.0, precision, slack):
        return Status.CARRIED if is_tainted else Status.CORRECT, False
    if not tolerance.typed:
        return Status.WRONG, False
    if (rounds or not is_tainted) and is_of_two_decimals(number, truth, rounds=rounds):
        return Status.WRONG, True
    if is_of_two_decimals(number, chain, rounds=rounds):
        return Status.CARRIED if is_tainted and rounds else Status.WRONG, not is_tainted
    return Status.WRONG, False


def has_digits(number: float, exact: float, off: float, digits: int) -> bool:
    """Whether `number` is `exact` to so many significant digits, from 3 on; a quick `is_rounding`."""
    if not number or not exact:
        return False
    decimals = digits - 1 - floor(log10(abs(exact)))
    if not 0 <= decimals <= MOST_DECIMALS:
        return False
    scale = _TENS[decimals]
    return off <= 0.5 / scale * _CLOSE and round(number * scale) / scale == number


def digits_of(number: float, least: int) -> int:
    """How many significant digits a number shows; at least three."""
    exponent = floor(log10(abs(number))) if number else 0
    for digits in range(3, 10):
        decimals = digits - 1 - exponent
        if 0 <= decimals <= MOST_DECIMALS and round(number * _TENS[decimals]) / _TENS[decimals] == number:
            return digits
    return least


def half_of_last_digit(number: float) -> float:
    """Half the last digit of a typed number; 0.0 for one of more digits than people type, as of `judge.half_digits`."""
    if not number:
        return 0.0
    decimals = 9 - floor(log10(abs(number)))
    if 0 <= decimals <= MOST_DECIMALS and round(number * _TENS[decimals]) / _TENS[decimals] != number:
        return 0.0  # more than ten digits
    half = half_a_digit(number, number)
    return half if half >= TYPED * abs(number) else 0.0
