"""Objects as plain data, and back: what a test hands to an answer, and what an answer gives in return.

Numbers and texts go by value and by their exact type, so that a float that claims to equal everything
arrives as something odd, which is no number. What is shared (nodes, lists, dicts, arrays, random
generators) has an id on both sides, and whoever speaks tells how its own copies have changed. Functions
stay where they are and are called from afar.
"""

from __future__ import annotations

import base64
import random
import sys
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

from handgrad import Value, ops
from handgrad.manual import Mode
from handgrad.number import finite_float
from handgrad.ops import Op
from handgrad.value import fill_slots

from .frames import ChannelError

MOST_ITEMS = 1_000_000
MOST_DEPTH = 60
# An instance of a subclass arrives as what it holds as one of these, past whatever it has overridden.
BY_VALUE: dict[type[Any], str] = {tuple: "tuple", set: "set", frozenset: "set", deque: "list"}
SHARED: tuple[type[Any], ...] = (list, dict, random.Random)
STANDARD = {op.name: op for op in vars(ops).values() if isinstance(op, Op)}
NUMERIC = "biuf"


def _text(numbers: Any) -> str:
    """Return the bytes of an array or a number of NumPy's."""
    return base64.b64encode(numbers.tobytes()).decode("ascii")


def _rule_of(op: Op) -> Callable[..., Any]:
    """Return the operation's rule, asked for at each call."""

    def derivatives(*inputs_and_output: Any) -> Any:
        return op.derivatives(*inputs_and_output)

    return derivatives


class Odd:
    """Stands for what cannot be sent: known by its repr alone, and equal to nothing else.

    It is of a class of its own with the name of the thing's, as messages tell a thing's class.
    """

    def __new__(cls, kind: str, text: str) -> Odd:
        return object.__new__(type(kind, (Odd,), {}))

    def __init__(self, kind: str, text: str) -> None:
        self.kind, self.text = kind, text

    def __repr__(self) -> str:
        return self.text


class Remote:
    """A function of the other side."""

    def __init__(self, wire: Wire, number: int, name: str) -> None:
        self._wire, self._number = wire, number
        self.__name__ = name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._wire.call(self._number, args, kwargs)

    def __repr__(self) -> str:
        return f"<function {self.__name__}>"


class Wire:
    """What one side knows of the objects that both share.

    Attributes:
        may_move_leaves: whether the other side may assign to the data of leaves, as a descent step does.
        has_moved_leaves: whether it did.

    Args:
        step: 1 on one side and -1 on the other, so that their ids never meet.
        call: how a function of the other side is called: (id, args, kwargs) -> result.
        trusts: whether the other side may change everything, as the player lets the referee.
    """

    def __init__(self, step: int, call: Callable[..., Any], *, trusts: bool) -> None:
        self.call = call
        self._step, self._trusts = step, trusts
        self._next = step
        self._by_number: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._told: dict[int, Any] = {}
        self.may_move_leaves = True
        self.has_moved_leaves = False
        self._new: list[Any] = []

    def pack(self, things: Any) -> dict[str, Any]:
        """Pack things to send, with the definitions of new ones and the state of changed ones."""
        self._new = []
        packed = self.encode(things)
        changes: list[Any] = []
        done: set[int] = set()
        # Telling a state may share more objects, whose state is to be told as well.
        while len(done) < len(self._by_number):
            for number in [n for n in self._by_number if n not in done]:
                done.add(number)
                state = self._state(self._by_number[number])
                if state is not None and state != self._told.get(number):
                    self._told[number] = state
                    changes.append([number, state])
        return {"things": packed, "new": self._new, "state": changes}

    def unpack(self, message: dict[str, Any]) -> Any:
        """Return the things of a message, after its news have been applied.

        Raises:
            ChannelError: the message does not keep to the rules.
        """
        try:
            for number, definition in message["new"]:
                self._define(number, definition)
            for number, state in message["state"]:
                self._apply(number, state)
            return self.decode(message["things"])
        except (LookupError, AttributeError, TypeError, ValueError, ArithmeticError, RecursionError) as error:
            raise ChannelError(f"what came does not hold together ({type(error).__name__}: {error})"[:300]) from error

    def object(self, number: int) -> Any:
        return self._by_number[number]

    def _number(self, thing: Any) -> int:
        number = self._numbers.get(id(thing))
        if number is None:
            number, self._next = self._next, self._next + self._step
            self._keep(number, thing)
        return number

    def _keep(self, number: int, thing: Any) -> None:
        self._by_number[number] = thing
        self._numbers[id(thing)] = number

    def encode(self, thing: Any, depth: int = 0) -> Any:
        """Return a thing as JSON can hold it."""
        kind = type(thing)
        if thing is None or kind in (bool, float, str) or (kind is int and abs(thing) < 1 << 1000):
            return thing
        if depth > MOST_DEPTH:
            return {"odd": [kind.__name__, "<nested too deep>"]}
        for base, name in BY_VALUE.items():
            if isinstance(thing, base):
                return {name: [self.encode(item, depth + 1) for item in base.__iter__(thing)]}
        if kind is complex:
            return {"complex": [thing.real, thing.imag]}
        if kind is Value:
            return {"of": self._node(thing)}
        for shared in SHARED:
            if isinstance(thing, shared):
                return {"of": self._share(thing, shared.__name__)}
        if kind is Op:
            return self._operation(thing)
        numpy = sys.modules.get("numpy")
        if numpy is not None and kind is numpy.ndarray:
            return {"of": self._share(thing, "array")}
        if numpy is not None and isinstance(thing, numpy.generic) and kind.__module__ == "numpy":
            # By its bytes, as not every number of NumPy's is one of Python's: a longdouble has more digits.
            return {"scalar": [thing.dtype.str, _text(thing)]} if thing.dtype.kind in NUMERIC else self._odd(thing)
        if isinstance(thing, Iterator) or kind in (range, type({}.keys()), type({}.values()), type({}.items())):
            items = []
            for item in thing:
                items.append(self.encode(item, depth + 1))
                if len(items) > MOST_ITEMS:
                    return {"odd": [kind.__name__, "<an endless iterator>"]}
            return {"iterator" if isinstance(thing, Iterator) else "list": items}
        if isinstance(thing, Odd):
            return {"odd": [thing.kind, thing.text]}
        if callable(thing):
            return {"function": [self._share(thing, "function"), str(getattr(thing, "__name__", "a function"))]}
        return self._odd(thing)

    @staticmethod
    def _odd(thing: Any) -> dict[str, Any]:
        try:
            text = repr(thing)
        except BaseException:
            text = f"<{type(thing).__name__}>"
        return {"odd": [type(thing).__name__, text[:200]]}

    def _share(self, thing: Any, kind: str) -> int:
        is_new = id(thing) not in self._numbers
        number = self._number(thing)
        if is_new and kind == "array":
            dtype = thing.dtype.str if thing.dtype.kind in NUMERIC else "O"
            self._new.append([number, {"is": kind, "dtype": dtype, "shape": list(thing.shape)}])
        elif is_new and kind != "function":
            self._new.append([number, {"is": kind}])
        return number

    def _node(self, root: Value) -> int:
        """Share a node with all below it, operands first, at any depth."""
        stack = [root]
        while stack:
            node = stack[-1]
            if id(node) in self._numbers:
                stack.pop()
                continue
            waiting = [operand for operand in node.operands if id(operand) not in self._numbers]
            if waiting:
                stack.extend(waiting)
                continue
            stack.pop()
            operation = None if node.op is None else self.encode(node.op)
            operands = [self._numbers[id(operand)] for operand in node.operands]
            definition = {"is": "Value", "op": operation, "operands": operands, "data": self.encode(node.data)}
            self._new.append([self._number(node), {**definition, "mode": node._mode.name, "label": str(node.label)}])
        return self._numbers[id(root)]

    def _operation(self, op: Op) -> dict[str, Any]:
        if STANDARD.get(op.name) is op:
            return {"standard": op.name}
        is_new = id(op) not in self._numbers
        number = self._number(op)
        # Without the referee's slips and its rule in words, which tell an answer the rule.
        if is_new:
            functions = [self.encode(op.forward), self.encode(_rule_of(op))]
            words = list(op.rule) if self._trusts else []
            self._new.append([number, {"is": "Op", "name": op.name, "functions": functions, "rule": words}])
        return {"of": number}

    def _state(self, thing: Any) -> Any:
        kind = type(thing)
        if kind is Value:
            # An answer may have deleted it: then nothing is filled in.
            return [self.encode(thing.data), self.encode(getattr(thing, "grad", None))]
        if isinstance(thing, list):
            return [self.encode(item) for item in list.__iter__(thing)]
        if isinstance(thing, dict):
            return [[self.encode(key), self.encode(item)] for key, item in dict.items(thing)]
        if isinstance(thing, random.Random):
            version, numbers, gauss = random.Random.getstate(thing)
            return [version, list(numbers), gauss]
        if kind.__name__ == "ndarray":
            if thing.dtype.kind in NUMERIC:
                return [thing.dtype.str, list(thing.shape), _text(thing)]
            return ["O", list(thing.shape), [self.encode(item) for item in thing.ravel()]]
        return None

    def decode(self, data: Any) -> Any:
        """Return the thing that was encoded."""
        if isinstance(data, list):
            return [self.decode(item) for item in data]
        if not isinstance(data, dict):
            return data
        ((kind, content),) = data.items()
        if kind == "of":
            return self._by_number[content]
        if kind == "function":
            number, name = content
            if number not in self._by_number:
                self._keep(int(number), Remote(self, int(number), str(name)[:80]))
            return self._by_number[number]
        if kind == "standard":
            return STANDARD[content]
        if kind == "odd":
            return Odd(str(content[0]), str(content[1]))
        if kind == "complex":
            return complex(*content)
        if kind == "scalar":
            import numpy

            if numpy.dtype(content[0]).kind not in NUMERIC:
                raise ChannelError("a number of no kind")
            return numpy.frombuffer(base64.b64decode(content[1]), dtype=content[0])[0]
        items = [self.decode(item) for item in content]
        made: dict[str, Callable[..., Any]] = {"tuple": tuple, "set": set, "iterator": iter, "list": list}
        return made[kind](items)

    def _define(self, number: int, definition: dict[str, Any]) -> None:
        if number in self._by_number or (number > 0) is (self._step > 0):
            raise ChannelError("the other side gave an id that is not its own")
        kind = definition["is"]
        if kind == "Value":
            self._keep(number, self._made_node(definition))
        elif kind == "Op":
            forward, derivatives = (self.decode(function) for function in definition["functions"])
            rule = tuple(str(words) for words in definition["rule"])
            self._keep(number, Op(str(definition["name"]), forward, derivatives, rule))
        elif kind == "array":
            import numpy

            if numpy.dtype(definition["dtype"]).kind not in NUMERIC + "O":
                raise ChannelError("an array of no numbers")
            self._keep(number, numpy.zeros([int(size) for size in definition["shape"]], dtype=definition["dtype"]))
        else:
            self._keep(number, {"list": list, "dict": dict, "Random": random.Random}[kind]())

    def _made_node(self, definition: dict[str, Any]) -> Value:
        node: Value
        if definition["op"] is None:
            node = Value(self.decode(definition["data"]))
        else:
            op: Op = self.decode(definition["op"])
            operands = [self._by_number[number] for number in definition["operands"]]
            if STANDARD.get(op.name) is op and not self._trusts:
                # By this side's own operation: what the other says the data is does not count.
                node = op(*operands)
            else:
                data = finite_float(self.decode(definition["data"]), "a node's data")
                second = operands[1] if len(operands) > 1 else None
                node = fill_slots(object.__new__(Value), data, op, operands[0], second, tuple(operands[2:]))
        node.label = str(definition["label"])
        node._mode = Mode[definition["mode"]]
        return node

    def _apply(self, number: int, state: Any) -> None:
        thing = self._by_number[number]
        self._told[number] = state
        kind = type(thing)
        if kind is Value:
            self._apply_to_node(thing, state)
        elif kind.__name__ == "ndarray":
            self._apply_to_array(thing, state)
        elif isinstance(thing, random.Random):
            thing.setstate((state[0], tuple(state[1]), state[2]))
        elif self._trusts or number * self._step < 0 or not self._holds_nodes(thing):
            # A list of nodes is the test's own idea of what is asked for: emptied, nothing would be.
            if isinstance(thing, list):
                thing[:] = [self.decode(item) for item in state]
            elif isinstance(thing, dict):
                content = {self.decode(key): self.decode(item) for key, item in state}
                thing.clear()
                thing.update(content)

    def _apply_to_node(self, node: Value, state: list[Any]) -> None:
        data, grad = map(self.decode, state)
        if data != node.data:
            if node.op is not None and not self._trusts:
                raise ChannelError("the data of a node that an operation made was changed")
            self.has_moved_leaves = True
            if not self.may_move_leaves:
                raise ChannelError("the data of a leaf was changed, and this kata asks for gradients alone")
            node.data = finite_float(data, "a leaf's data")
        node.grad = grad

    def _apply_to_array(self, array: Any, state: list[Any]) -> None:
        import numpy

        dtype, shape, content = state
        if list(array.shape) != shape or dtype != ("O" if array.dtype == object else array.dtype.str):
            raise ChannelError("an array changed its shape or its kind")
        if dtype == "O":
            if self._trusts or not self._holds_nodes(array):
                array[...] = numpy.fromiter(map(self.decode, content), dtype=object, count=len(content)).reshape(shape)
        else:
            array[...] = numpy.frombuffer(base64.b64decode(content), dtype=dtype).reshape(shape)

    def _holds_nodes(self, thing: Any, depth: int = 0) -> bool:
        if type(thing) is Value or depth > MOST_DEPTH:
            return True
        if type(thing) is dict:
            thing = list(thing.values())
        if type(thing) in (list, tuple):
            return any(self._holds_nodes(item, depth + 1) for item in thing)
        kind = getattr(getattr(thing, "dtype", None), "kind", "")
        return kind == "O" and any(self._holds_nodes(item, depth + 1) for item in thing.ravel())
