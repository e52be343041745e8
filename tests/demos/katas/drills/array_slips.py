"""The usual slips of each question of practice on arrays, as they are typed, and what may be said of each.

Written by hand, apart from the code: of every answer five, each with its mistake.
"""

import re

from handgrad.demos.katas.drills.array_rules import chain, names_in_chain, pairs

SAID = {
    "sign": "wrong sign",
    "upstream": "(only the local derivative|the slope of .sigmoid. alone); you did not multiply by the upstream",
    "local": "did not multiply by the (local derivative|slope)|how does its gradient become|sum.e. is multiplied in",
    "swapped": "passes to the other operand",
    "double": "counted twice|what comes down in front",
    "rule": "as the derivative of|is multiplied in once too often|is left out once|is it the input or the output",
    "n": r"off by (a|one) constant factor|divided by \d+, (the (number|length) of|one less)",
    "sum": "what was broadcast forward is summed backward|what comes back is summed",
    "axis": "goes over axis|runs along another axis|an axis summed that was not broadcast",
    "keepdims": "lacks an axis of length 1|drops the axis",
    "transpose": "transposed|on which side|That is the transpose",
    "data": "used the data of . where its gradient belongs|used the data of emb where",
    "spread": "broadcast backward|once each|how does its gradient become",
    "row": "depends on its whole row|you left out what comes from|moves the sum of the row|one part of the rule",
    "one-hot": "where does the target come in",
    "mask": "mask is inverted|which entries does 'max'|the smaller one move|passes to the other operand"
    "|as the derivative of 'maximum'",
    "add": "only the last of several uses",
    "place": "in the wrong places|and the others get a gradient too",
}
"""Of each mistake what is said where it is named."""

SLIPS = {
    ("y = x * w", "x"): {
        "dy": "local",
        "w": "upstream",
        "dy * x": "swapped",
        "-dy * w": "sign",
        "2 * dy * w": "double",
    },
    ("y = x * w", "w"): {"dy": "local", "x": "upstream", "dy * w": "swapped", "-dy * x": "sign", "y * x": "data"},
    ("y = x / w", "x"): {"dy": "local", "1 / w": "upstream", "dy * w": "rule", "-dy / w": "sign", "y / w": "data"},
    ("y = x / w", "w"): {
        "dy * x / w**2": "sign",
        "-dy / w**2": "rule",
        "-dy * x / w": "rule",
        "-x / w**2": "upstream",
        "dy / w": "swapped",
    },
    ("y = x - w", "w"): {"dy": "sign", "-dy / n": "n", "-2 * dy": "double", "-dy * x": "rule", "-y": "data"},
    ("y = np.tanh(x)", "x"): {
        "dy": "local",
        "1 - y**2": "upstream",
        "dy * (1 - x**2)": "rule",
        "dy * (1 - y)": "rule",
        "-dy * (1 - y**2)": "sign",
    },
    ("y = np.exp(x)", "x"): {"dy": "local", "y": "upstream", "dy * x": "rule", "-dy * y": "sign", "y * y": "data"},
    ("y = x ** 2", "x"): {
        "dy * x": "double",
        "2 * x": "upstream",
        "dy * 2": "rule",
        "-dy * 2 * x": "sign",
        "dy * x**2": "rule",
    },
    ("y = np.log(x)", "x"): {"dy": "local", "1 / x": "upstream", "dy * x": "rule", "-dy / x": "sign", "dy / y": "rule"},
    ("y = 1 / (1 + np.exp(-x))", "x"): {
        "dy": "local",
        "y * (1 - y)": "upstream",
        "dy * y": "rule",
        "-dy * y * (1 - y)": "sign",
        "dy * x * (1 - x)": "rule",
    },
    ("y = x + b", "b"): {
        "dy": "sum",
        "dy.sum(1)": "axis",
        "dy.mean(0)": "n",
        "-dy.sum(0)": "sign",
        "(dy * x).sum(0)": "rule",
    },
    ("y = x * g", "g"): {
        "dy * x": "sum",
        "dy.sum(0)": "local",
        "(dy * x).mean(0)": "n",
        "-(dy * x).sum(0)": "sign",
        "(dy * x).sum(1)": "axis",
    },
    ("y = x * g", "x"): {
        "dy": "local",
        "dy * x": "swapped",
        "-dy * g": "sign",
        "(dy * g).sum(0)": "axis",
        "y * g": "data",
    },
    ("y = x * s", "s"): {
        "dy * x": "sum",
        "(dy * x).sum(1)": "keepdims",
        "(dy * x).sum(0, keepdims=True)": "axis",
        "dy.sum(1, keepdims=True)": "local",
        "-(dy * x).sum(1, keepdims=True)": "sign",
    },
    ("y = x - c", "c"): {
        "-dy": "sum",
        "dy.sum(0, keepdims=True)": "sign",
        "-dy.sum(0)": "keepdims",
        "-dy.sum(1, keepdims=True)": "axis",
        "-dy.mean(0, keepdims=True)": "n",
    },
    ("y = x / t", "t"): {
        "(dy * x / t**2).sum(1, keepdims=True)": "sign",
        "-dy * x / t**2": "sum",
        "-(dy * x / t**2).sum(1)": "keepdims",
        "-(dy * x / t).sum(1, keepdims=True)": "rule",
        "-(dy / t**2).sum(1, keepdims=True)": "rule",
    },
    ("y = x / t", "x"): {"dy": "local", "dy * t": "rule", "-dy / t": "sign", "y / t": "data", "dy / t / n": "n"},
    ("s = x.sum(0)", "x"): {
        "ds": "spread",
        "-ds * np.ones_like(x)": "sign",
        "ds / n * np.ones_like(x)": "n",
        "ds * x": "rule",
        "np.ones_like(x)": "upstream",
    },
    ("s = x.sum(1)", "x"): {
        "ds": "spread",
        "ds * np.ones_like(x)": "keepdims",
        "-ds[:, None] * np.ones_like(x)": "sign",
        "ds[:, None] / D * np.ones_like(x)": "n",
        "ds[:, None] * x": "rule",
    },
    ("s = (x * w).sum(1)", "x"): {
        "ds * w": "keepdims",
        "ds[:, None] * x": "swapped",
        "w": "upstream",
        "-ds[:, None] * w": "sign",
        "ds[:, None] * w / D": "n",
    },
    ("y = x @ W", "x"): {
        "dy @ W": "transpose",
        "-dy @ W.T": "sign",
        "W @ dy.T": "transpose",
        "dy @ W.T / n": "n",
        "y @ W.T": "data",
    },
    ("y = x @ W", "W"): {
        "x @ dy": "transpose",
        "dy.T @ x": "transpose",
        "-x.T @ dy": "sign",
        "x.T @ dy / n": "n",
        "x.T @ y": "data",
    },
    ("s = q @ k.T", "q"): {
        "ds @ k.T": "transpose",
        "ds.T @ k": "transpose",
        "-ds @ k": "sign",
        "s @ k": "data",
        "ds @ k / n": "n",
    },
    ("s = q @ k.T", "k"): {
        "ds @ q": "transpose",
        "q.T @ ds": "transpose",
        "-ds.T @ q": "sign",
        "s.T @ q": "data",
        "ds.T @ q / n": "n",
    },
    ("y = A @ x", "A"): {
        "dy @ x": "transpose",
        "x @ dy.T": "transpose",
        "-dy @ x.T": "sign",
        "y @ x.T": "data",
        "dy @ x.T / n": "n",
    },
    ("y = A @ x", "x"): {
        "A @ dy": "transpose",
        "dy.T @ A": "transpose",
        "-A.T @ dy": "sign",
        "A.T @ y": "data",
        "2 * A.T @ dy": "double",
    },
    ("y = x @ v", "v"): {
        "x @ dy": "transpose",
        "-x.T @ dy": "sign",
        "x.T @ y": "data",
        "x.T @ dy / n": "n",
        "x.sum(0)": "upstream",
    },
    ("y = x @ v", "x"): {
        "dy * v": "keepdims",
        "-dy[:, None] * v": "sign",
        "y[:, None] * v": "data",
        "dy[:, None] * v / n": "n",
        "dy[:, None] * x": "swapped",
    },
    ("y = x.T @ w", "x"): {
        "w @ dy": "transpose",
        "dy @ w.T": "transpose",
        "-w @ dy.T": "sign",
        "w @ y.T": "data",
        "w @ dy.T / n": "n",
    },
    ("y = x.T @ w", "w"): {
        "x.T @ dy": "transpose",
        "dy.T @ x.T": "transpose",
        "-x @ dy": "sign",
        "x @ y": "data",
        "2 * x @ dy": "double",
    },
    ("m = x.mean(0)", "x"): {
        "dm * np.ones_like(x)": "n",
        "dm / D * np.ones_like(x)": "n",
        "dm / n": "spread",
        "-dm / n * np.ones_like(x)": "sign",
        "dm / n * x": "rule",
    },
    ("m = x.mean(1)", "x"): {
        "dm[:, None] * np.ones_like(x)": "n",
        "dm[:, None] / n * np.ones_like(x)": "n",
        "dm / D * np.ones_like(x)": "keepdims",
        "-dm[:, None] / D * np.ones_like(x)": "sign",
        "dm[:, None] / D": "spread",
    },
    ("m = (x ** 2).mean(1, keepdims=True)", "x"): {
        "dm * 2 * x": "n",
        "dm * x / D": "double",
        "-dm * 2 * x / D": "sign",
        "dm * 2 * x / n": "n",
        "2 * x / D": "upstream",
    },
    ("loss = (e ** 2).mean()", "e"): {
        "2 * e": "n",
        "2 * e / n": "n",
        "e / (n * D)": "double",
        "-2 * e / (n * D)": "sign",
        "2 * e / D": "n",
    },
    ("loss = ((x - t) ** 2).sum() / n", "x"): {
        "2 * (x - t)": "n",
        "2 * (x - t) / (n * D)": "n",
        "(x - t) / n": "double",
        "2 * (t - x) / n": "sign",
        "2 * (x - t) / D": "n",
    },
    ("c = x - x.mean(0)", "x"): {
        "dc": "row",
        "dc - dc.sum(0)": "n",
        "-dc.mean(0) * np.ones_like(x)": "row",
        "dc - dc.mean(1)": "axis",
        "dc + dc.mean(0)": "sign",
    },
    ("p = np.exp(z) / np.exp(z).sum(1, keepdims=True)", "z"): {
        "p * dp": "row",
        "dp * p * (1 - p)": "row",
        "p * (dp - (dp * p).sum(1))": "keepdims",
        "-p * (dp - (dp * p).sum(1, keepdims=True))": "sign",
        "p * (dp - (dp * p).sum(0, keepdims=True))": "axis",
    },
    ("p = np.exp(z) / np.exp(z).sum(1, keepdims=True); loss = -np.log(p[range(n), y]).mean()", "z"): {
        "p / n": "one-hot",
        "p - np.eye(D)[y]": "n",
        "(np.eye(D)[y] - p) / n": "sign",
        "(p - np.eye(D)[y]) / D": "n",
        "-np.eye(D)[y] / n": "row",
    },
    ("p = np.exp(z) / np.exp(z).sum(1, keepdims=True); q = np.log(p)", "z"): {
        "dq": "row",
        "dq - p * dq.sum(1)": "keepdims",
        "dq - dq.sum(1, keepdims=True)": "row",
        "dq - p * dq": "row",
        "dq - p * dq.sum(0, keepdims=True)": "axis",
    },
    ("p = e / e.sum(1, keepdims=True)", "e"): {
        "dp / e.sum(1, keepdims=True)": "row",
        "(dp - (dp * p).sum(1, keepdims=True)) / e": "rule",
        "-(dp - (dp * p).sum(1, keepdims=True)) / e.sum(1, keepdims=True)": "sign",
        "(dp - (dp * p).sum(1)) / e.sum(1, keepdims=True)": "keepdims",
        "dp - (dp * p).sum(1, keepdims=True)": "local",
    },
    ("y = np.maximum(x, 0)", "x"): {
        "dy": "mask",
        "(x > 0)": "upstream",
        "dy * x": "mask",
        "-dy * (x > 0)": "sign",
        "dy * (x < 0)": "mask",
    },
    ("y = np.maximum(x, w)", "x"): {
        "dy": "mask",
        "dy * (w > x)": "mask",
        "(x > w)": "upstream",
        "-dy * (x > w)": "sign",
        "dy * x": "mask",
    },
    ("y = np.maximum(x, w)", "w"): {
        "dy": "mask",
        "dy * (x > w)": "mask",
        "(w > x)": "upstream",
        "-dy * (w > x)": "sign",
        "dy * w": "mask",
    },
    ("m = x.max(1)", "x"): {
        "dm": "spread",
        "dm[:, None] * np.ones_like(x)": "mask",
        "(x == m[:, None])": "upstream",
        "dm * (x == m[:, None])": "keepdims",
        "-dm[:, None] * (x == m[:, None])": "sign",
    },
    ("picked = p[range(n), y]", "p"): {
        "dpicked": "spread",
        "dp[range(n), y] = -dpicked": "sign",
        "dp[range(n), y] = 1": "upstream",
        "dpicked[:, None] * np.ones_like(p)": "place",
        "dpicked[:, None] * p": "rule",
    },
    ("emb = C[X]", "C"): {
        "dC[X] = demb": "add",
        "dC[X] += demb": "add",
        "np.add.at(dC, X, -demb)": "sign",
        "np.add.at(dC, X, emb)": "data",
        "demb": "spread",
    },
    ("y = x[1:]", "x"): {
        "dy": "spread",
        "dx[1:] = -dy": "sign",
        "dx[:-1] = dy": "place",
        "dx[1:] = 1": "upstream",
        "dx[1:] = y": "data",
    },
}


def _rename(text, names):
    return re.sub(r"\b(d?)([A-Za-z]+)\b", lambda found: found[1] + names.get(found[2], found[2]), text)


def _of_chain(inner, outer):
    first, second = names_in_chain(inner, outer)
    found = {("h"): {_rename(text, second): mistake for text, mistake in SLIPS[outer.key, "x"].items()}}
    for name in inner.answers:
        found[name] = {_rename(text, first): mistake for text, mistake in SLIPS[inner.key, name].items()}
    return found


def slips_of():
    """By the key of each rule and the array asked for, the slips as typed, each with its mistake."""
    found = dict(SLIPS)
    for inner, outer in pairs():
        found.update({(chain(inner, outer).key, name): slips for name, slips in _of_chain(inner, outer).items()})
    return found
