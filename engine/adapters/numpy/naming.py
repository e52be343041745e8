"""Whose gradient a name says it is: dW, W_grad, grad_W, delta_W and dL_dW are all of W."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_BEFORE = (
    r"[dD][A-Za-z]*_d_?", r"[dD](?:L|J|E|C|l|loss|Loss)_?[dD]_?", r"[dD](?:L|J)_?", r"[dD]_?(?!elta|iff|eriv)",
    r"grad(?:ient)?s?_?", r"delta_?", r"g_", r"gr_", r"bar_",
)  # fmt: skip
_AFTER = (r"_?grad(?:ient)?s?", r"_d", r"_?delta", r"_bar", r"_g")

_UPSTREAM = {
    "g", "gy", "go", "gout", "up", "upstream", "upstream_grad", "delta", "grad", "gradient", "gradients", "grads",
    "error", "err", "accum_grad", "output_gradient", "output_grad", "grad_output", "eta", "d", "top_diff", "residual",
}  # fmt: skip
_KEPT = (
    "cache", "ctx", "context", "memory", "saved", "store", "params", "config", "data", "dim", "drop", "depth", "dtype",
    "debug", "dict", "decay",
)  # fmt: skip

_TARGETS = {
    "y", "ys", "t", "yt", "ytrue", "trues", "target", "targets", "label", "labels", "actual", "expected", "truth", "gt",
    "groundtruth", "onehot",
}  # fmt: skip
_DATA = {*_TARGETS, "x", "xs", "data", "input", "inputs", "features", "images", "batch", "r"}
_PREDICTION = re.compile(r"yhat|y?p(red.*|rob.*|hat)?|y?out(puts?)?|scores?|logits?|(a|h|z|o)l?\d*|q|est.*|approx.*")


def key(name: str) -> str:
    """Return a name for comparison: cases and underscores apart."""
    return name.replace("_", "").lower()


@lru_cache(maxsize=1024)
def whose(name: str) -> tuple[str, ...]:
    """Return the names of what it may be the gradient of, the likeliest first.

    () where it says nothing.
    """
    if name.endswith("]"):
        whole, _, place = name.rpartition("[")
        return tuple(f"{of}[{place}" for of in whose(whole))
    found: list[str] = []
    for pattern in _BEFORE:
        match = re.match(pattern, name)
        if match and match.end() < len(name):
            found.append(name[match.end() :])
    for pattern in _AFTER:
        match = re.search(f"{pattern}$", name)
        if match and match.start() > 0:
            found.append(name[: match.start()])
    return tuple(dict.fromkeys(part.strip("_") for part in found if part.strip("_")))


def is_target(name: str) -> bool:
    """Tell whether it is a usual name for what an output is compared with."""
    return key(name) in _TARGETS


def is_prediction(name: str) -> bool:
    """Tell whether it is a usual name for an output."""
    return _PREDICTION.fullmatch(key(name)) is not None


def is_data(name: str) -> bool:
    """Tell whether it is a usual name for what is not learned."""
    return key(name) in _DATA


def is_upstream(name: str) -> bool:
    """Tell whether a parameter is for the gradient that arrives, by its name."""
    low = name.lower()
    if low in _UPSTREAM:
        return True
    return bool(re.match(r"d|grad|delta|g_|up|top_|output_grad", low)) and not any(word in low for word in _KEPT)


def matched(name: str, known: Iterable[str], *, plain: bool = False) -> str | None:
    """Find which of the known names it is the gradient of; None for none.

    Args:
        plain: whether the name itself counts too.
    """
    listed = list(known)
    wanted = [*([name] if plain else []), *whose(name)]
    for one in wanted:
        if one in listed:
            return one
    for one in wanted:
        for other in listed:
            if key(one) == key(other):
                return other
    return None
