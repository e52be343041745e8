"""What is said of the slips that numbers and arrays have in common.

A sentence with blanks is called with the names that go into them: of the node, or the operation, that is meant.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from ..verdict.sentences import listed

ADD_UP = "contributions add up (use +=, not =)."
SIGN_FLIPPED = "the sign is flipped"

sign = "right magnitude, wrong sign: look for a missing or extra minus between {} and here.".format
sign_of_a_part = "the part that comes from {} has the wrong sign: look for a missing or extra minus.".format
no_upstream = "that is only the local derivative; you did not multiply by the upstream gradient of {}.".format
no_upstream_in_a_part = (
    "in what comes from {}, that is only the local derivative; you did not multiply by its upstream gradient.".format
)
no_local = "you passed the upstream gradient of {} through unchanged; what is the local derivative there?".format
local_left_out = "you did not multiply by the local derivative of {}: what is it?".format
local_twice = "you multiplied by the local derivative of {} twice.".format
mask_left_out = "entries that {} masks out still get a gradient: did you apply the mask in the backward pass?".format
mask_without_scale = (
    "your mask of {} passes the gradient through as it is: what does it multiply by in the forward pass?".format
)
mask_drawn_anew = (
    "some entries that {} masks out get the gradient, and some that it lets through get none: is that the mask of the "
    "forward pass, or one drawn anew?".format
)
mask_turned_round = "your mask is inverted: the gradient goes to exactly the entries that {} blocks.".format
swapped_everywhere = "that is what belongs to the other operands. Which number does each operation pass to this node?"
gradient_of_another = "that is the gradient of {}. What does {} go into?".format
from_the_gradient = "that is computed from the gradient of {}. What does {} go into first?".format
another_factor = "that is computed from {0}. Is it {0} that stands in {2}, or {1}?".format
slope_from = "the slope of {} is computed from {}. Of which array is it taken?".format
transposed_gradient = "the two indices are exchanged: that is the gradient of {}. By what is {} multiplied?".format
transposed_factor = "the two indices are exchanged: {} stands where {} belongs. Which of them multiplies {}?".format
mean_left_out = "the 1/n of {} is left out".format
two_things = "two things at once: {}, and {}".format
twice = "what comes from {} is counted twice.".format
nothing = "nothing has arrived here from {}.".format
zero = "you wrote 0, as if {} contributed nothing: what comes back from there?".format
half = "only half of what comes from {} is there: it stands in that twice.".format
added = "you added the upstream gradient of {} and the local derivative: what does the chain rule do with them?".format
data_passed_on = "you used the data of {} where its gradient belongs.".format
data_passed_on_everywhere = (
    "you used data where the gradients of what it is used in belong: what does .data hold, and what .grad?"
)
gradient_for_data = "that is computed from the gradient of {}, where its data belong.".format
gradients_for_data = "that is computed from gradients where data belong: of what is a local derivative made?"
multiplied = "the parts from {} are multiplied with each other (*=). What does the chain rule do with uses?".format
wait = "wait until every use of {} is in (topological order).".format
only_a_part = f"only a part of the gradient of {{0}} goes into this; {wait('{0}')}".format
too_early = f"{{0}} propagated its gradient before all its uses had been summed; {wait('{0}')}".format
too_often = f"{{0}} propagated its gradient more than once; {wait('{0}')}".format
operation = "'{}'".format
"""An operation or a layer by its name, in quotes: a sign, or a word such as "where", would be lost without them."""
application = "'{}' in {}".format
"""An operation and where it stands."""


def masked(entry: str, number: float, of: str) -> str:
    """Return what to say of an entry that is not finite where an array of the forward pass is -inf."""
    what = f"that is what {of} holds there in the forward pass"
    if number != -math.inf:
        what = f"{of} is -inf there in the forward pass, and to compute with -inf hardly ever gives a number"
    return f"{entry} is {number!r}: {what}. Nothing comes back through a masked entry: which number says so?"


def factor_left_out(name: str, of: str = "") -> str:
    """Return what to say of an array that is missing as a factor; `of` is the part in which it is, "" for all."""
    return f"{_factor(name)} is left out once{_in(of)}."


def factor_too_often(name: str, of: str = "") -> str:
    """Return what to say of an array that is a factor once more; see `factor_left_out`."""
    return f"{_factor(name)} is multiplied in once too often{_in(of)}."


def _factor(name: str) -> str:
    return name if name.startswith(("the ", "a ")) else f"the factor {name}"


def _in(of: str) -> str:
    return f" in what comes from {of}" if of else ""


def swapped(where: str, other: str, one: str = "one") -> str:
    return f"that is what {where} passes to the other operand, {other}. Which is for this {one}?"


def another_gradient(name: str, other: str, *, is_used_once: bool) -> str:
    if is_used_once:
        return f"these numbers are computed from the gradient of {other}. Into which array does {name} go first?"
    return f"the gradient of {other} stands here in the place of another. Which arrays does {name} go into?"


def two_rules(where: str, other: str) -> str:
    """Return what to say of a wrong local derivative at each of two uses, perhaps of one operation."""
    if where == other:
        return f"two things at once: for both operands of {where} you used a wrong local derivative. What is each?"
    return f"two things at once: you used a wrong local derivative for {where}, and for {other}. What is each?"


def not_added(consumers: Sequence[str]) -> str:
    contributions = "contribution" if len(consumers) == 1 else "contributions"
    return f"you left out the {contributions} from {listed(consumers)}; {ADD_UP}"


def only_some(count: int, total: int, consumers: str) -> str:
    """Return that some of a node's uses are there, where it cannot be told which."""
    are = "is" if count == 1 else "are"
    return (
        f"it is used {_in_words(total)} times, in {consumers}, and only {_in_words(count)} of these {are} there; "
        f"{ADD_UP}"
    )


def _in_words(count: int) -> str:
    names = ("none", "one", "two", "three", "four", "five", "six")
    return names[count] if count < len(names) else str(count)


def factor(of: str, has_constant: bool) -> str:
    if has_constant:
        return f"off by a simple factor: is there a mean's division, or a constant, between {of} and here?"
    return f"off by a simple factor: is the contribution from {of} counted more than once, or wrongly averaged?"


def data(of: str, what: str = "a number") -> str:
    of = of if _is_one_word(of) else f"({of})"
    return f"that is {of}.data, {what} of the forward pass. Which gradient arrives here?"


def some(axes: Sequence[int], count: int, which: str = "one") -> str:
    """Return one place along some axes of an array of `count` axes: "one row", "one entry along axis 2"."""
    if len(axes) == count:
        return f"{which} entry"
    if count == 2:
        return f"{which} row" if axes[0] == 0 else f"{which} column"
    said = f"axis {axes[0]}" if len(axes) == 1 else f"axes {listed(map(str, axes))}"
    return f"{which} entry along {said}"


def line(axis: int, count: int) -> str:
    """Return what runs along an axis of an array of `count` axes, as a row runs along the last of two."""
    if count == 2:
        return "row" if axis else "column"
    return f"line along axis {axis}" if count > 2 else "array"


OF_EACH = {"x": "its input", "a": "its first operand", "b": "its second operand", "y": "its output"}
"""What the letters of a `mistakes.Mistake` stand for where several applications are meant."""


def letters(consumer: str, operands: Sequence[str]) -> dict[str, str]:
    """Return what they stand for in one application: the names of a node and of what it was made from."""
    return {**dict(zip("ab", operands)), "x": operands[0], "y": consumer}


def slope(where: str, words: str, question: str, named: Mapping[str, str] = OF_EACH) -> str:
    """Return what to say of a wrong local derivative: of which operation, what was written for it, and what to ask.

    Args:
        where: see `application`.
        words, question: of a `mistakes.Mistake`.
        named: what its letters stand for.
    """
    return f"you used {in_own_names(words, named)} as the derivative of {where}: {in_own_names(question, named)}"


_BESIDE_AN_OPERATOR = r"(?<=[-*/^|]){0}|{0}(?=[-*/^|])|(?<= [-+*/] ){0}|{0}(?= [-+*/] )"


def _is_one_word(name: str) -> bool:
    return all(c.isalnum() or c in "_.'" for c in re.sub(r"\[[^]]*\]", "", name))


_IN_BRACKETS = re.compile(r"\([^()]*\)")


def in_own_names(template: str, letters: Mapping[str, str]) -> str:
    """Return a formula or a question with names for its letters; an expression gets the brackets that it needs."""
    for letter, name in letters.items():
        marked = f"{{{letter}}}"
        if not _is_one_word(name) and not _IN_BRACKETS.fullmatch(name):
            template = re.sub(_BESIDE_AN_OPERATOR.format(re.escape(marked)), f"({marked})", template)
        template = template.replace(marked, name)
    return template
