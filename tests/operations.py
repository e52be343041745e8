"""The operations of the page of calculus, in the order of their table in the documents."""

from handgrad import ops

_all = [op for op in vars(ops).values() if isinstance(op, ops.Op)]
BUILT_IN = sorted(_all, key=lambda op: _all.index(ops.RELU) + 0.5 if op is ops.LEAKY_RELU else _all.index(op))
