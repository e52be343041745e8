"""The arguments of a recording's call, as numbers for its inputs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..amounts import Floats
from ..graph import is_node
from ..names import name_of
from ..number import finite_float
from ..value import Value
from .errors import InputShapeError, UnknownInputError

Sets = Floats | list[Floats]
"""Sets of data: shape (sets, inputs), or where an input is an array for each input shape (sets, *its shape)."""


class Reader:
    """Reads the arguments of a recording's call.

    Args:
        inputs: its inputs.
    """

    def __init__(self, inputs: Sequence[Value]) -> None:
        self._inputs = inputs
        self.is_numbers = not any(node.shape for node in inputs)

    def read(self, arguments: Sequence[Any]) -> tuple[Sets, bool]:
        """Return the arguments of `Recording.__call__`, in any form, as sets; and whether they are a batch of them."""
        if len(arguments) > 1:
            return self._read_columns(self._one_each(arguments))
        (given,) = arguments or ({},)
        if isinstance(given, Mapping):
            return self._read_columns(self._read_mapping(given))
        is_alone = len(self._inputs) == 1
        if self.is_numbers and not (is_alone and not np.ndim(given)):
            return self._read_rows(given)
        if is_alone and not (isinstance(given, (list, tuple)) and np.shape(given)[1:] == self._inputs[0].shape):
            return self._read_columns([given])
        return self._read_columns(self._one_each(given))

    def _one_each(self, given: Any) -> Sequence[Any]:
        listed = list(given) if isinstance(given, (list, tuple)) else [given]
        if len(listed) != len(self._inputs):
            raise self._unfit(f"data for {len(listed)}")
        return listed

    def _read_mapping(self, given: Mapping[Any, Any]) -> Sequence[Any]:
        """Return the inputs' data with those of a mapping in place."""
        places: dict[Any, list[int]] = {}
        for place, node in enumerate(self._inputs):
            places[node] = [place]
            if node.label:
                places.setdefault(node.label, []).append(place)
        columns = [node.data for node in self._inputs]
        for key, numbers in given.items():
            found = places.get(key, ())
            if len(found) != 1:
                labels = [node.label for node in self._inputs]
                raise UnknownInputError(name_of(key) if is_node(key) else key, len(found), labels)
            columns[found[0]] = numbers
        return columns

    def _read_rows(self, given: Any) -> tuple[Sets, bool]:
        """Read an array of numbers: one set, or a row for each."""
        rows = self._floats(given, self._inputs)
        count = len(self._inputs)
        if rows.shape == (count,):
            return rows[np.newaxis], False
        if rows.ndim != 2 or rows.shape[1] != count:
            raise self._unfit(
                f"{len(rows)} number{'s' * (len(rows) != 1)}" if rows.ndim == 1 else f"an array of shape {rows.shape}"
            )
        return rows, True

    def _read_columns(self, given: Sequence[Any]) -> tuple[Sets, bool]:
        """Read data given input by input, and broadcast one set over a batch."""
        if self.is_numbers and set(map(type, given)) <= {float, int}:
            return self._read_rows(given)
        columns = [self._floats(thing, [node]) for node, thing in zip(self._inputs, given)]
        counts: dict[int, str] = {}
        for place, node in enumerate(self._inputs):
            if columns[place].shape == node.shape:
                columns[place] = columns[place][np.newaxis]
            elif columns[place].ndim and columns[place].shape[1:] == node.shape:
                counts[len(columns[place])] = name_of(node)
            else:
                raise self._unfit(f"shape {columns[place].shape} for {name_of(node)}, whose shape is {node.shape}")
        if len(counts) > 1:
            raise self._unfit(" and ".join(f"{count} sets for {name}" for count, name in counts.items()))
        sets = next(iter(counts), 1)
        wide = [np.broadcast_to(column, (sets, *column.shape[1:])) for column in columns]
        return np.stack(wide, axis=1) if self.is_numbers else wide, bool(counts)

    def _floats(self, given: Any, inputs: Sequence[Value]) -> Floats:
        """Return the numbers in an array; its last axis runs along `inputs`, or it is all of one."""
        try:
            found = np.asarray(given)
        except ValueError:
            raise self._unfit("rows of different lengths") from None
        if found.dtype.kind in "iuf" and not _has_bools(given):
            with np.errstate(all="ignore"):
                numbers = found.astype(float)
            if np.isfinite(numbers).all():
                return numbers
        entries = np.empty(found.shape, dtype=object)
        entries[...] = given
        listed = [finite_float(entry, self._place(index, inputs)) for index, entry in np.ndenumerate(entries)]
        return np.array(listed, dtype=float).reshape(found.shape)

    def _place(self, index: tuple[int, ...], inputs: Sequence[Value]) -> str:
        """Name the input, and the entry in it, that an index into the data of a call is about."""
        if len(inputs) > 1:
            if not index or index[-1] >= len(inputs):
                return "the inputs of a recording"
            node, index = inputs[index[-1]], index[:-1]
        else:
            node = inputs[0]
        return f"input {name_of(node)}, at {list(index)}" if index else f"input {name_of(node)}"

    def _unfit(self, given: str) -> InputShapeError:
        """Return the error of data in another form than the inputs'."""
        if self.is_numbers:
            instead = (
                "Give a number for each, or for a batch an array of shape (sets, inputs); a mapping {node: number} "
                "names those that change."
            )
        else:
            instead = "Give each its data, in its own shape, or for a batch in the shape (sets, *its shape)."
        return InputShapeError(given, [name_of(node) for node in self._inputs], instead)


def _has_bools(given: Any) -> bool:
    """Return whether a list holds a bool, which NumPy takes for 1 or 0."""
    if not isinstance(given, (list, tuple)):
        return False
    kinds = set(map(type, given))
    if kinds & {bool, np.bool_}:
        return True
    return bool(kinds & {list, tuple}) and any(map(_has_bools, given))
