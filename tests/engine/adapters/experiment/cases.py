"""Right backwards in six forms, and the wrong ones that are made of them: a line as it is, and as people get it wrong.

Of the slips every other was looked at while the table of edits was made, and the rest only afterwards (`SEEN`).
"""

import importlib.util
from pathlib import Path

import numpy as np

THEIRS = Path(__file__).parent / "theirs"


def normal(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=shape) for shape in shapes]


def whole(seed, most, *shape):
    return np.random.default_rng(seed).integers(0, most, shape)


def rnn_inputs():
    rng = np.random.default_rng(7)
    return {
        "x": rng.normal(size=(3, 2, 3)),
        "y": rng.integers(0, 3, (3, 2)),
        "wxh": rng.normal(size=(3, 4)),
        "whh": rng.normal(size=(4, 4)) * 0.7,
        "why": rng.normal(size=(4, 3)),
        "h0": rng.normal(size=(2, 4)),
    }


def elu_inputs():
    W1, b1, W2, b2, X, Y = normal(11, (4, 5), (5,), (5, 2), (2,), (6, 4), (6, 2))
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2, "X": X, "Y": Y}


RIGHT = {
    "linear_xent": ("fused", "linear_xent", lambda: (*normal(1, (5, 4), (4, 3)), whole(1, 3, 5))),
    "swiglu": ("fused", "swiglu", lambda: tuple(normal(2, (3, 4), (4, 5), (4, 5), (5, 2)))),
    "rms_linear": ("fused", "rms_linear", lambda: tuple(normal(3, (3, 5), (5,), (5, 4)))),
    "focal": ("fused", "focal", lambda: (*normal(4, (7,)), np.array([0, 1, 1, 0, 1, 0, 0]))),
    "kl": ("fused", "kl", lambda: tuple(normal(5, (4, 3), (4, 3), (3, 2)))),
    "flash": ("tiled", "flash", lambda: tuple(normal(6, (7, 4), (8, 4), (8, 3)))),
    "causal": ("tiled", "causal", lambda: tuple(normal(7, (5, 3), (5, 3), (5, 4)))),
    "conv": ("convs", "conv", lambda: tuple(normal(8, (2, 2, 5, 5), (3, 2, 3, 3), (3,)))),
    "conv1d": ("convs", "conv1d", lambda: tuple(normal(9, (2, 3, 6), (4, 3, 3), (4,)))),
    "pool": ("convs", "pool", lambda: (*normal(10, (2, 2, 4, 4)), 2)),
    "lstm": ("recurrent", "lstm", lambda: tuple(normal(12, (3, 2, 3), (2, 4), (2, 4), (3, 16), (4, 16), (16,)))),
    "rnn": ("recurrent", ("rnn_loss", "rnn_grads"), rnn_inputs),
    "gru": ("recurrent", "GRU", lambda: tuple(normal(13, (3, 2, 3)))),
    "layernorm": ("norms", "layernorm", lambda: tuple(normal(14, (2, 3, 5), (5,), (5,)))),
    "layernorm_loop": (
        "norms",
        ("layernorm_forward", "layernorm_loop_backward"),
        lambda: tuple(normal(14, (2, 3, 5), (5,), (5,))),
    ),
    "groupnorm": ("norms", "groupnorm", lambda: tuple(normal(15, (2, 4, 3, 3), (4,), (4,)))),
    "elu": ("norms", ("elu_net_loss", "elu_net_grads"), elu_inputs),
    "heads": ("norms", "Attention", lambda: tuple(normal(16, (2, 4, 6)))),
    "embed": (
        "norms",
        ("embed_loss", "embed_grads"),
        lambda: {
            "E": normal(17, (6, 4))[0],
            "W": normal(18, (4, 2))[0],
            "words": np.array([[0, 1, 1], [2, 3, 5], [5, 0, 4]]),
            "labels": whole(19, 2, 3, 2) * 1.0,
        },
    ),
}
"""Name -> (module, forward and backward by their names or what these begin with, or a class, and the inputs)."""

SLIPS = [
    ("linear_xent", "p *= dloss / n", "p *= dloss", {"factor"}),
    ("linear_xent", "dw += xi.T @ p", "dw = xi.T @ p", {"missing-path", "overwrites"}),
    ("linear_xent", "p = np.exp(xi @ w - lse[i : i + chunk, None])", "p = np.exp(xi @ w)", {"missing-path", "rule", "factor", "double"}),
    ("linear_xent", "p[np.arange(p.shape[0]), y[i : i + chunk]] -= 1.0", "p[np.arange(p.shape[0]), y[i : i + chunk]] += 1.0", {"sign"}),
    ("linear_xent", "y[i : i + chunk]] -= 1.0", "y[:chunk][: p.shape[0]]] -= 1.0", {"wrong-index", "one-hot"}),
    ("swiglu", "da = dh * b * (s + a * s * (1.0 - s))", "da = dh * b * (s + s * (1.0 - s))", {"forgot-local", "factor"}),
    ("swiglu", "da = dh * b * (s + a * s * (1.0 - s))", "da = dh * b * s", {"missing-path", "forgot-local", "rule"}),
    ("swiglu", "db = dh * a * s", "db = dh * s", {"forgot-local", "factor"}),
    ("swiglu", "dx = da @ w1.T + db @ w2.T", "dx = da @ w1.T", {"missing-path"}),
    ("swiglu", "dx = da @ w1.T + db @ w2.T", "dx = da @ w2.T + db @ w1.T", {"swapped", "rule", "wrong-upstream"}),
    ("swiglu", "dw3 = (a * s * b).T @ dout", "dw3 = (a * b).T @ dout", {"forgot-local", "factor"}),
    ("rms_linear", "dx = r * (dxn - xn * (dxn * xn).mean(axis=1, keepdims=True))", "dx = r * (dxn - (dxn * xn).mean(axis=1, keepdims=True))", {"forgot-local", "factor"}),
    ("rms_linear", "dx = r * (dxn - xn * (dxn * xn).mean(axis=1, keepdims=True))", "dx = r * (dxn - xn * (dxn * xn).sum(axis=1, keepdims=True))", {"factor"}),
    ("rms_linear", "dxn = dn * g", "dxn = dn", {"forgot-local", "factor"}),
    ("rms_linear", "dg = (dn * xn).sum(axis=0)", "dg = (dn * x).sum(axis=0)", {"rule", "forgot-local", "wrong-upstream", "factor"}),
    ("rms_linear", "dw = (xn * g).T @ dy", "dw = xn.T @ dy", {"forgot-local", "factor"}),
    ("focal", "dz = dloss * dpt * sgn * pt * (1 - pt) / n", "dz = dloss * dpt * pt * (1 - pt) / n", {"sign", "forgot-local", "factor"}),
    ("focal", "dpt = gamma * (1 - pt) ** (gamma - 1) * np.log(pt)", "dpt = gamma * (1 - pt) ** gamma * np.log(pt)", {"rule"}),
    ("focal", "dpt = gamma * (1 - pt) ** (gamma - 1) * np.log(pt)", "dpt = (1 - pt) ** (gamma - 1) * np.log(pt)", {"forgot-local", "factor"}),
    ("kl", "dmu = drec @ w.T + 0.3 * dloss * mu", "dmu = drec @ w.T + 0.3 * dloss * 2 * mu", {"factor", "double"}),
    ("kl", "dlogvar = -0.5 * 0.3 * dloss * (1 - np.exp(logvar))", "dlogvar = -0.5 * 0.3 * dloss * (1 - np.exp(2 * logvar))", {"rule", "factor"}),
    ("kl", "dlogvar = -0.5 * 0.3 * dloss * (1 - np.exp(logvar))", "dlogvar = 0.5 * 0.3 * dloss * (1 - np.exp(logvar))", {"sign"}),
    ("kl", "dmu = drec @ w.T + 0.3 * dloss * mu", "dmu = drec @ w.T", {"missing-path"}),
    ("flash", "ds = p * (dp - delta[i : i + BLOCK, None]) * scale", "ds = p * (dp - delta[i : i + BLOCK, None])", {"factor", "forgot-local"}),
    ("flash", "ds = p * (dp - delta[i : i + BLOCK, None]) * scale", "ds = p * dp * scale", {"missing-path", "rule"}),
    ("flash", "ds = p * (dp - delta[i : i + BLOCK, None]) * scale", "ds = p * (dp - delta[j : j + BLOCK, None][: len(p)]) * scale", {"wrong-index"}),
    ("flash", "delta = (dout * out).sum(axis=1)", "delta = (dout * out).mean(axis=1)", {"factor"}),
    ("flash", "delta = (dout * out).sum(axis=1)", "delta = (dout * v[: len(out)]).sum(axis=1)", {"rule", "wrong-upstream"}),
    ("flash", "dk[j : j + BLOCK] += ds.T @ qi", "dk[j : j + BLOCK] = ds.T @ qi", {"missing-path", "overwrites"}),
    ("flash", "dv[j : j + BLOCK] += p.T @ doi", "dv[i : i + BLOCK] += (p.T @ doi)[: len(qi)]", {"wrong-index"}),
    ("flash", "dq[i : i + BLOCK] += ds @ kj", "dq[i : i + BLOCK] += dp @ kj", {"wrong-upstream", "rule"}),
    ("flash", "p = np.exp(s - lse[i : i + BLOCK, None])", "p = np.exp(s - s.max(axis=1, keepdims=True))", {"rule"}),
    ("causal", "dsi = pi * (dpi - do[i] @ o[i])", "dsi = pi * (dpi - dpi.sum())", {"rule", "missing-path", "forgot-local"}),
    ("causal", "dk[: i + 1] += np.outer(dsi, q[i]) / np.sqrt(d)", "dk[: i + 1] += np.outer(dsi, q[i])", {"factor", "forgot-local"}),
    ("causal", "dv[: i + 1] += np.outer(pi, do[i])", "dv[: i + 1] = np.outer(pi, do[i])", {"missing-path", "overwrites"}),
    ("causal", "dk[: i + 1] += np.outer(dsi, q[i]) / np.sqrt(d)", "dk[: i + 1] += np.outer(dsi, k[i]) / np.sqrt(d)", {"rule", "wrong-upstream", "swapped"}),
    ("causal", "dq[i] = dsi @ k[: i + 1] / np.sqrt(d)", "dq[i] = dpi @ k[: i + 1] / np.sqrt(d)", {"wrong-upstream", "rule"}),
    ("conv", "dx[:, :, a : a + stride * oh : stride, b : b + stride * ow : stride] += dcols[:, :, a, b]", "dx[:, :, a : a + stride * oh : stride, b : b + stride * ow : stride] = dcols[:, :, a, b]", {"missing-path", "overwrites"}),
    ("conv", "+= dcols[:, :, a, b]", "+= dcols[:, :, b, a]", {"wrong-index", "transposed"}),
    ("conv", "dflat = dout.transpose(0, 2, 3, 1).reshape(-1, f)", "dflat = dout.reshape(-1, f)", {"transposed", "rule", "wrong-axis"}),
    ("conv", "db = dflat.sum(axis=0)", "db = dflat.mean(axis=0)", {"factor"}),
    ("conv", "dcols = dcols.reshape(n, oh, ow, c, k, k).transpose(0, 3, 4, 5, 1, 2)", "dcols = dcols.reshape(n, oh, ow, c, k, k).transpose(0, 3, 5, 4, 1, 2)", {"transposed", "wrong-axis"}),
    ("conv1d", "dw += np.einsum(\"nf,nck->fck\", g, x[:, :, i : i + k])", "dw += np.einsum(\"nf,nck->fck\", g, x[:, :, i : i + k]) / len(x)", {"factor"}),
    ("conv1d", "dx[:, :, i : i + k] += np.einsum(\"nf,fck->nck\", g, w)", "dx[:, :, i : i + k] += np.einsum(\"nf,fck->nck\", g, w[:, :, ::-1])", {"wrong-index", "transposed", "rule"}),
    ("conv1d", "db = dout.sum(axis=(0, 2))", "db = dout.sum(axis=0).max(axis=1)", {"wrong-axis", "rule", "factor"}),
    ("conv1d", "g = dout[:, :, i]", "g = dout[:, :, 0]", {"wrong-index"}),
    ("pool", "+= dout[a, b, i, j]", "+= dout[a, b, j, i]", {"wrong-index", "transposed"}),
    ("pool", "r, s = where[:, :, i, j] // size, where[:, :, i, j] % size", "r, s = where[:, :, i, j] % size, where[:, :, i, j] // size", {"swapped", "rule", "wrong-index"}),
    ("lstm", "dc = dc_next + dh * o * (1 - tc**2)", "dc = dh * o * (1 - tc**2)", {"missing-path"}),
    ("lstm", "dc = dc_next + dh * o * (1 - tc**2)", "dc = dc_next + dh * (1 - tc**2)", {"forgot-local", "factor"}),
    ("lstm", "dc = dc_next + dh * o * (1 - tc**2)", "dc = dc_next + dh * o * (1 - tc)", {"rule"}),
    ("lstm", "dc_next = dc * f", "dc_next = dc * i", {"rule", "wrong-upstream", "swapped"}),
    ("lstm", "df = dc * prev_c", "df = dc * tc", {"rule", "wrong-upstream"}),
    ("lstm", "dg * (1 - g**2)])", "dg * g * (1 - g)])", {"rule"}),
    ("lstm", "dwh += prev_h.T @ dz", "dwh = prev_h.T @ dz", {"missing-path", "overwrites"}),
    ("lstm", "dh_next = dz @ wh.T", "dh_next = dz @ wh.T * 0.5", {"factor"}),
    ("rnn", "dh = dz @ why.T + carry", "dh = dz @ why.T", {"missing-path"}),
    ("rnn", "dz /= len(dz) * t", "dz /= len(dz)", {"factor"}),
    ("rnn", "dwhh += hs[s - 1].T @ da", "dwhh += hs[s].T @ da", {"wrong-index", "rule"}),
    ("rnn", "carry = da @ whh.T", "carry = da @ whh", {"transposed"}),
    ("rnn", "carry = da @ whh.T", "carry = dh @ whh.T", {"wrong-upstream", "rule"}),
    ("gru", "dz = dh * (h - hh) * z * (1 - z)", "dz = dh * (hh - h) * z * (1 - z)", {"sign"}),
    ("gru", "dr = dhh * u[:, 2 * n :] * r * (1 - r)", "dr = dhh * r * (1 - r)", {"forgot-local", "factor"}),
    ("gru", "dh_next = dh * z + du @ self.U.T", "dh_next = du @ self.U.T", {"missing-path"}),
    ("gru", "du = np.concatenate([dr, dz, dhh * r], axis=1)", "du = np.concatenate([dr, dz, dhh], axis=1)", {"forgot-local", "factor"}),
    ("gru", "dhh = dh * (1 - z) * (1 - hh**2)", "dhh = dh * z * (1 - hh**2)", {"rule"}),
    ("layernorm", "dx = rstd * (dxhat - c1 - xhat * c2)", "dx = rstd * (dxhat - c1 + xhat * c2)", {"sign"}),
    ("layernorm", "c2 = (dxhat * xhat).mean(-1, keepdims=True)", "c2 = (dxhat * xhat).mean(-2, keepdims=True)", {"wrong-axis"}),
    ("layernorm", "c1 = dxhat.mean(-1, keepdims=True)", "c1 = dy.mean(-1, keepdims=True)", {"rule", "wrong-upstream", "forgot-local"}),
    ("layernorm", "dx = rstd * (dxhat - c1 - xhat * c2)", "dx = rstd * (dxhat - xhat * c2)", {"missing-path"}),
    ("layernorm", "dg = (dy * xhat).sum(axis=(0, 1))", "dg = (dy * g * xhat).sum(axis=(0, 1))", {"wrong-upstream", "rule", "factor"}),
    ("layernorm_loop", "dot += w * xhat[i, j, k]", "dot += dy[i, j, k] * xhat[i, j, k]", {"rule", "forgot-local", "wrong-upstream", "factor"}),
    ("layernorm_loop", "(w - total / d - xhat[i, j, k] * dot / d)", "(w - total / d - xhat[i, j, k] * dot)", {"factor", "forgot-local"}),
    ("layernorm_loop", "total += w\n", "total = w\n", {"missing-path", "overwrites"}),
    ("groupnorm", "/ (m * std)", "/ std", {"factor", "forgot-local"}),
    ("groupnorm", "d = (dout * gamma[:, None, None]).reshape(n, groups, -1)", "d = dout.reshape(n, groups, -1)", {"forgot-local", "factor"}),
    ("groupnorm", "dgamma = np.sum(dout * xn, axis=(0, 2, 3))", "dgamma = np.sum(dout * xn, axis=(0, 1, 2))[:1].repeat(4)", {"wrong-axis", "shape"}),
    ("elu", "dz = dh * np.where(z > 0, 1.0, h + alpha)", "dz = dh * np.where(z > 0, 1.0, z + alpha)", {"rule"}),
    ("elu", "dW1 = X.T @ dz + 2 * reg * W1", "dW1 = X.T @ dz + reg * W1", {"factor"}),
    ("elu", "dW2 = h.T @ dout + 2 * reg * W2", "dW2 = h.T @ dout + 2 * reg * W2.sum()", {"rule", "wrong-axis", "not-broadcast"}),
    ("elu", "dz = dh * np.where(z > 0, 1.0, h + alpha)", "dz = dh * np.where(dh > 0, 1.0, h + alpha)", {"rule"}),
    ("elu", "dout = (out - Y) / len(X)", "dout = (out - Y) / out.size", {"factor"}),
    ("heads", "ds = p * (dp - (dp * p).sum(-1, keepdims=True)) / np.sqrt(q.shape[-1])", "ds = p * (dp - (dp * p).sum(-1, keepdims=True))", {"factor", "forgot-local"}),
    ("heads", "dk = self.merge(ds.transpose(0, 1, 3, 2) @ q)", "dk = self.merge(ds @ q)", {"transposed"}),
    ("heads", "return dq @ self.Wq.T + dk @ self.Wk.T + dv @ self.Wv.T", "return dq @ self.Wq.T + dk @ self.Wk.T", {"missing-path"}),
    ("heads", "self.dWk = flat.T @ dk.reshape(flat.shape)", "self.dWk = flat.T @ dq.reshape(flat.shape)", {"wrong-upstream", "rule"}),
    ("heads", "ds = p * (dp - (dp * p).sum(-1, keepdims=True))", "ds = p * (dp - (dp * p).sum(-2, keepdims=True))", {"wrong-axis"}),
    ("embed", "np.add.at(dE, words, dh[:, None, :] / words.shape[1])", "dE[words] += dh[:, None, :] / words.shape[1]", {"missing-path"}),
    ("embed", "np.add.at(dE, words, dh[:, None, :] / words.shape[1])", "np.add.at(dE, words, dh[:, None, :])", {"factor", "forgot-local"}),
    ("embed", "dz = (p - labels) / len(words)", "dz = (labels - p) / len(words)", {"sign"}),
]  # fmt: skip
"""(case, the line as it is right, as it is wrong, the names that fit)."""

SEEN = SLIPS[::2]
UNSEEN = SLIPS[1::2]


def load(module, folder=None, old=None, new=None):
    """A module of theirs; with a line in it changed, from a file of its own in `folder`, and the line's number."""
    path, line = THEIRS / f"{module}.py", 0
    if old is not None:
        text = path.read_text("utf-8")
        assert text.count(old) == 1, (module, old, text.count(old))
        line = text[: text.index(old)].count("\n") + 1
        path = Path(folder) / f"{module}.py"
        path.write_text(text.replace(old, new), "utf-8")
    spec = importlib.util.spec_from_file_location(f"their_{module}", path)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded, line


def arguments(name, module=None):
    """What check_backward is called with."""
    file, functions, inputs = RIGHT[name]
    loaded = module or load(file)[0]
    if isinstance(functions, str) and functions[0].isupper():
        thing = getattr(loaded, functions)(np.random.default_rng(3))
        return thing.forward, thing.backward, inputs()
    names = (f"{functions}_forward", f"{functions}_backward") if isinstance(functions, str) else functions
    return getattr(loaded, names[0]), getattr(loaded, names[1]), inputs()
