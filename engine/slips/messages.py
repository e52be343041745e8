"""What is said of slips; a sentence with blanks is called with the names of the nodes or operations that are meant."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from ..names import LONGEST_NUMBER, OUTPUT, listed
from ..number import one_line

if TYPE_CHECKING:
    from ..value import Value
    from ..verdict.comparison import Comparison

ADD_UP = "contributions add up (use +=, not =)."
SIGN_FLIPPED = "the sign is flipped"

# fmt: off
sign = "right magnitude, wrong sign: look for a missing or extra minus between {} and here.".format
sign_of_a_part = "the part that comes from {} has the wrong sign: look for a missing or extra minus.".format
no_upstream = "that is only the local derivative; you did not multiply by the upstream gradient of {}.".format
no_upstream_in_a_part = "in what comes from {0}, that is only the local derivative; you did not multiply by the upstream gradient of {0}.".format
no_local = "you passed the upstream gradient of {} through unchanged; what is the local derivative there?".format
local_left_out = "you did not multiply by the local derivative of {}: what is it?".format
local_twice = "you multiplied by the local derivative of {} twice.".format
mask_left_out = "entries that {} masks out still get a gradient: did you apply the mask in the backward pass?".format
mask_without_scale = "your mask of {} passes the gradient through as it is: what does it multiply by in the forward pass?".format
mask_leaks = "where {} blocks, 0.01 of the gradient gets through: does anything leak forward?".format
mask_drawn_anew = "some entries that {} masks out get the gradient, and some that it lets through get none: is that the mask of the forward pass, or one drawn anew?".format
mask_of_another = "your mask of {} is that of {}: which array decides there?".format
mask_transposed = "your mask of {} has rows and columns exchanged: which entries does it let through?".format
mask_rescaled = "your mask of {} multiplies by another number than in the forward pass: which one does that divide by?".format
mask_turned_round = "your mask is inverted: the gradient goes to exactly the entries that {} blocks.".format
other_side_of_gate = "the factor in {} is what it lacks to 1 in the forward pass: which side of the gate belongs there?".format
swapped_everywhere = "that is what belongs to the other operands. Which number does each operation pass to this node?"
exchanged = "you have exchanged the gradients of {}: which belongs to which?".format
blocks_exchanged = "what belongs to {} is there, but not each in its own place: in which order are they taken out?".format
gradient_of_another = "that is the gradient of {}. What does {} go into?".format
from_the_gradient = "that is computed from the gradient of {}. What does {} go into first?".format
another_factor = "that is computed from {0}. Is it {0} that stands in {2}, or {1}?".format
slope_from = "the slope of {} is computed from {}. Of what is it taken?".format
ONE_LESS = "one less than"
too_far = "that is what {} passes on to {}, one step further back: what arrives before that step?".format
zero_where = "all of it is 0 where {} is 0: does each of its uses go through that mask?".format
divided_by_root = "it is as if divided by the root of {}: which size is it that the root is taken of?".format
divided_by = "it is as if divided by {}: over how many entries is a mean taken?".format
mean_left_out = "the 1/n of {} is left out".format
two_things = "two mistakes at once would give this: {}, and {}".format
twice = "what comes from {} is counted twice.".format
off_by_constant = "what comes from {} is off by a constant factor: {}".format
factor_of_constant = "off by a simple factor, {}: is there a mean's division, or a constant, between {} and here?".format
factor_of_uses = "off by a simple factor, {}: is what comes from {} counted more than once, or wrongly averaged?".format
MEAN_OF_USES = f"that is the mean over its uses: {ADD_UP}"
not_divided_by = "you did not divide by {}: where is a mean taken?".format
multiplied_by = "you multiplied by {}: what does the rule multiply there?".format
mean_for_sum = "it is as if divided by {}: is a mean taken where a sum belongs?".format
one_factor = "{} is off by one constant factor, {:.4g}: which number is multiplied in too often, left out, or in the place of another?".format
one_amount = "{} is off by the same amount everywhere, {:.2g}: which term is missing, or one too many?".format
EVERY_ENTRY = "every entry is as many times too large, or too small: which number is multiplied in, or left out?"
part_left_out = f"you left out what comes from {{}}; {ADD_UP}".format
only_part = "only what comes from {} is there. Uses add up: where are the others?".format
sign_of_parts = "the parts that come from {} have the wrong sign: look for a missing or extra minus in each.".format
summed_over_wrong_axis = "you summed along {} of {}: along which is {} broadcast forward?".format
summed_too_early = "you {} the gradient of {} {}: does each entry not have one of its own?".format
broadcast_along_wrong_axis = "broadcast along the wrong axis: what is summed forward along an axis, as in {}, is broadcast backward along that axis.".format
LOST = "come in with factors that differ. Python multiplies before it subtracts: where do the brackets go?"
ADDED = "are added here: which of them comes with a minus?"
only_some_uses = "only {} of its {} uses are there. Uses add up: was a gradient overwritten (=) where += belongs, or a use forgotten?".format
nothing = "nothing has arrived here from {}.".format
zero = "you wrote 0, as if {} contributed nothing: what comes back from there?".format
half = "only half of what comes from {} is there: it stands in that twice.".format
added = "you added the upstream gradient of {} and the local derivative: what does the chain rule do with them?".format
data_passed_on = "you used the data of {} where its gradient belongs.".format
data_or_gradient = "you used the data of {0}, or another gradient that is the same number, where the gradient of {0} belongs.".format
data_once_more = "you used the data of {} where its gradient belongs, or multiplied by them once too often.".format
data_for_gradient = "you used the data of {} where the gradient of {} belongs.".format
data_or_exchanged = "you have exchanged the gradients of what it is used in, or used data in their place: which belongs to which?"
data_everywhere = "you used data where the gradients of what it is used in belong: what does .data hold, and what .grad?"
gradient_for_data = "that is computed from the gradient of {}, where its data belong.".format
gradients_for_data = "that is computed from gradients where data belong: of what is a local derivative made?"
multiplied = "the parts from {} are multiplied with each other (*=). What does the chain rule do with uses?".format
wait = "wait until every use of {} is in (topological order).".format
only_a_part = f"only a part of the gradient of {{0}} goes into this; {wait('{0}')}".format
too_early = f"{{0}} propagated its gradient before all its uses had been summed; {wait('{0}')}".format
no_factor = "in what comes from {}, {} is not multiplied in at all.".format
too_often = f"{{0}} propagated its gradient more than once; {wait('{0}')}".format
overwritten_entry = "only the {} of several uses of an entry{} is kept. Uses add up: an index that occurs twice must be added to twice (a loop with +=, or np.add.at).".format
another_input = "that is computed from {}. Which array stands beside {} in {}?".format
later_step = "that is computed from {}, which comes out of the product. Which array goes into it?".format
LATER_STEPS = "in each step, the array that comes out of it stands where the one that goes in belongs."
other_operand = "that is what {} passes to the other operand, {}. Which is for this one?".format
other_operand_of_node = "that is what '{}' passes to the other operand, {}. Which is for this node?".format
from_gradient = "these numbers are computed from the gradient of {1}. Into which array does {0} go first?".format
gradient_instead = "the gradient of {1} stands here in the place of another. Which arrays does {0} go into?".format
# fmt: on
operation = "'{}'".format
"""An operation or a layer by its name, in quotes: a sign, or a word such as "where", would be lost without them."""
application = "'{}' in {}".format
"""An operation and where it stands."""


def masked_entry(entry: str, number: float, of: str) -> str:
    """Return what to say of an entry that is not finite where an array of the forward pass is -inf."""
    what = f"that is what {of} holds there in the forward pass"
    if number != -math.inf:
        what = f"{of} is -inf there in the forward pass, and to compute with -inf hardly ever gives a number"
    return f"{entry} is {number!r}: {what}. Nothing comes back through a masked entry: which number says so?"


def factor_left_out(name: str, of: str = "", how: str = "is left out once") -> str:
    """Return what to say of an array that is missing as a factor, in what comes from one node or "" for all."""
    factor = name if unmark(name).startswith(("the ", "a ")) else f"the factor {name}"
    return f"{factor} {how} in what comes from {of}." if of else f"{factor} {how}."


factor_too_often = partial(factor_left_out, how="is multiplied in once too often")
factor_twice_too_often = partial(factor_left_out, how="is multiplied in twice too often")
factor_divides = partial(factor_left_out, how="divides, though it is no factor on the way forward")
"""The same of one that is a factor once more, and of one that divides."""


def not_added(consumers: Sequence[str]) -> str:
    """Return what to say of uses that are left out, by their consumers."""
    contributions = "contribution" if len(consumers) == 1 else "contributions"
    return f"you left out the {contributions} from {listed(consumers)}; {ADD_UP}"


def only_some(count: int, total: int, consumers: str) -> str:
    """Return that some of a node's uses are there, where it cannot be told which."""
    are = "is" if count == 1 else "are"
    return f"it is used {total} times, in {consumers}, and only {count} of these {are} there; {ADD_UP}"


def data(of: str, what: str = "a number") -> str:
    """Return what to say of a node's data in the place of a gradient."""
    of = of if _is_one_word(of) else f"({of})"
    return f"that is {of}.data, {what} of the forward pass. Which gradient arrives here?"


def some(along: Sequence[int], count: int, which: str = "one") -> str:
    """Return one place along some axes of an array of `count` axes: "one row", "one entry along axis 2"."""
    if len(along) == count:
        return f"{which} entry"
    if count == 2:
        return f"{which} row" if along[0] == 0 else f"{which} column"
    return f"{which} entry along {axes(along)}"


def axes(some: Sequence[int]) -> str:
    """Return axes in words."""
    return f"axis {some[0]}" if len(some) == 1 else f"axes {listed(map(str, some))}"


OF_EACH = {"x": "its input", "a": "its first operand", "b": "its second operand", "y": "its output"}
"""What the letters of a `mistakes.Mistake` stand for where several applications are meant."""


def letters(consumer: str, operands: Sequence[str]) -> dict[str, str]:
    """Return what they stand for in one application: the names of a node and of what it was made from."""
    return {**dict(zip("ab", operands)), "x": operands[0], "y": consumer}


def slope_of(words: str, question: str) -> Callable[[str, Mapping[str, str]], str]:
    """Return what makes the sentence on a wrong local derivative, of where it is and what the letters stand for."""
    template = f"you used {words} as the derivative of {{where}}: {question}"
    return lambda where, named: in_own_names(template, named).replace("{where}", where)


_BESIDE_AN_OPERATOR = r"(?<=[-*/^|]){0}|{0}(?=[-*/^|])|(?<= [-+*/] ){0}|{0}(?= [-+*/] )"


def _is_one_word(name: str) -> bool:
    name = unmark(name)
    return all(c.isalnum() or c in "_.'" for c in re.sub(r"\[[^]]*\]", "", name))


_IN_BRACKETS = re.compile(r"\([^()]*\)")


def in_own_names(template: str, letters: Mapping[str, str]) -> str:
    """Return a formula or a question with names for its letters; an expression gets the brackets that it needs."""
    for letter, name in letters.items():
        marked = f"{{{letter}}}"
        if not _is_one_word(name) and not _IN_BRACKETS.fullmatch(unmark(name)):
            template = re.sub(_BESIDE_AN_OPERATOR.format(re.escape(marked)), f"({marked})", template)
        template = template.replace(marked, name)
    return template


MOST_STEPS = 300
"""So many nodes further on a label is looked for."""


def walk(start: Value, beside: Callable[[Value], Iterable[Value]], most: int) -> Iterator[Value]:
    """Yield a node and those that are reached from it, breadth first, until more than so many are known."""
    met = dict.fromkeys([start])
    waiting = [start]
    for each in waiting:  # it grows as it is walked
        yield each
        if len(met) > most:
            return
        new = [node for node in beside(each) if node not in met]
        met.update(dict.fromkeys(new))
        waiting += dict.fromkeys(new)


_MARKED = re.compile("\x02(.*?)\x03")


def unmark(text: str, name: str = r"\1") -> str:
    """Return a text in which the names of nodes are marked without the marks, or with another name for each."""
    return _MARKED.sub(name, text)


class NodeNames:
    """The names of a comparison's nodes in sentences: labels or expressions, or else what made them.

    They may be marked, which shows in a sentence what depends on the nodes alone.
    """

    def __init__(self, comparison: Comparison, *, is_marked: bool = False) -> None:
        self._root, self._names, self._uses = comparison.root, comparison.names, comparison.uses
        self._mark = "\x02{}\x03".format if is_marked else str
        self._known: dict[Value, str] = {}

    def __getitem__(self, node: Value) -> str:
        if node not in self._known:
            self._known[node] = self._mark(self._find_name(node))
        return self._known[node]

    def _find_name(self, node: Value) -> str:
        """Return a node's label or expression; of a long constant four digits."""
        if node.is_constant and not node.shape and len(node.label) > LONGEST_NUMBER:
            return f"{node.data:.4g}"
        if node is self._root and not node.label and any(operand.shape for operand in node.operands):
            return OUTPUT
        return one_line(self._names.phrase(node)) or "a constant"

    def is_step(self, node: Value) -> bool:
        """Tell whether a node has no name of its own, and is told by what made it and what it goes into."""
        return self._names.is_step(node)

    def host(self, node: Value) -> str:
        """Return what an operation stands in: the node that it makes, or where that has no name what it goes into."""
        if not self.is_step(node):
            return self[node]
        of = next(self.labelled_from(node), None)
        return OUTPUT if of is None else self._mark(one_line(self._names[of]))

    def axes_of(self, node: Value) -> str:
        """Return the name of an array that has the axes of a step: the nearest of its shape that it goes into."""
        if not self.is_step(node):
            return self[node]
        of = next((each for each in self.labelled_from(node) if each.shape == node.shape), node)
        return self[of]

    def labelled_from(self, node: Value) -> Iterator[Value]:
        """Yield the nodes with a label that are computed from it, and itself where it has one, the nearest first."""
        for each in walk(node, lambda each: [consumer for consumer, _ in self._uses[each]], MOST_STEPS):
            if each.label:
                yield each

    def factor(self, node: Value) -> str:
        """Return the name of a factor of a product, without the transposes that it stands there with."""
        while not node.label and node.op is not None and node.op.name == "transpose":
            (node,) = node.operands
        return self[node]

    def letters(self, consumer: Value) -> Mapping[str, str]:
        """Return what the letters of a rule stand for in one application, as of the function `letters`."""
        nodes = (consumer, *consumer.operands)
        unnamed = {self[node] for node in nodes if self.is_step(node)}
        found = letters(self[consumer], [self[operand] for operand in consumer.operands])
        return {letter: OF_EACH[letter] if name in unnamed else name for letter, name in found.items()}
