"""The card of what one has earned: a line a rule, once the kata that asks for it has passed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from handgrad import ops

from ..course import Course

_LOCAL: dict[str, tuple[tuple[str, ops.Op], ...]] = {
    "add": (("a + b", ops.ADD),),
    "minus": (("a - b", ops.SUBTRACT),),
    "multiply": (("a * b", ops.MULTIPLY),),
    "power": (("a ** b", ops.POWER),),
    "divide": (("a / b", ops.DIVIDE),),
    "exp_log": (("exp(x)", ops.EXP), ("log(x)", ops.LOG)),
    "tanh_sigmoid": (("tanh(x)", ops.TANH), ("sigmoid(x)", ops.SIGMOID)),
    "relu": (("relu(x)", ops.RELU),),
}
"""The operations that each kata is about, as they are written."""

_LAWS = {
    "two_links": ("chain", "along a path: the product of the local derivatives"),
    "used_twice": ("used twice", "the contributions of all uses add up"),
    "one_go": ("softmax, -log", "dz = p - y"),
    "cross_entropy_batch": ("mean over n rows", "dz = (p - y) / n"),
    "one_node": ("x * w, arrays", "dx = dy * w, dw = dy * x"),
    "bias": ("x + b, a row b", "db = dy.sum(0)"),
    "matmul": ("x @ W", "dx = dy @ W.T, dW = x.T @ dy"),
    "axis_mean": ("x.mean(1)", "dx = dm[:, None] / x.shape[1], for every entry"),
    "softmax_rows": ("softmax of rows", "dz = p * (dp - (dp*p).sum(1, keepdims=True))"),
    "pick": ("p[range(n), y]", "zeros, and dp[range(n), y] = dpicked"),
    "embedding": ("C[X]", "zeros, and np.add.at(dC, X, demb)"),
    "batchnorm_one_go": ("batch norm", "of dx, a column sums to 0, and so does dx*raw"),
    "layernorm_one_go": ("layer norm", "of dx, a row sums to 0, and so does dx*raw"),
    "residual": ("x + f(x)", "dx = dy + what comes back through f"),
    "dropout": ("x * mask", "dx = dy * mask, the same mask"),
}
"""What other katas come to: what it is about, and the line."""


def card(course: Course, passed: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield the rules earned, in the course's order."""
    done = set(passed)
    for kata in course.katas:
        if kata.name not in done:
            continue
        for written, op in _LOCAL.get(kata.name, ()):
            letters = "ab" if len(op.rule) == 2 else "x"
            # A power's exponent is a number in all of the katas.
            rules = op.rule[:1] if op is ops.POWER else op.rule
            yield written, ", ".join(f"dy/d{letter} = {rule}" for letter, rule in zip(letters, rules))
        if kata.name in _LAWS:
            yield _LAWS[kata.name]
