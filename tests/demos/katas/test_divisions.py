"""Each division of a kata of arrays by another of its sizes is told as what it is."""

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.judge import judge

COURSE = Course()
N_OR_LESS, LEFT_OUT = "by n, or by n - 1?", "is left out"

DIVISIONS = {
    "axis_mean": {
        " / x.shape[1]": {
            " / len(x)": "it is as if divided by 3, the length of axis 0 of x",
            " / (len(x) - 1)": "it is as if divided by 2, one less than 3, the length of axis 0 of x",
            " / (x.shape[1] - 1)": N_OR_LESS,
            " / x.size": "it is as if divided by 15, the number of entries of x",
            "": LEFT_OUT,
        }
    },
    "batchnorm_steps": {
        "/ (n - 1) * dvar": {
            "/ n * dvar": N_OR_LESS,
            "/ diff.shape[1] * dvar": "it is as if divided by 3, the length of axis 1 of diff2",
            "/ (diff.shape[1] - 1) * dvar": "it is as if divided by 2, one less than 3, the length of axis 1 of diff2",
            "/ diff.size * dvar": "it is as if divided by 15, the number of entries of diff2",
            "* dvar": LEFT_OUT,
        },
        "/ n * dmean": {
            "/ (n - 1) * dmean": N_OR_LESS,
            "/ diff.shape[1] * dmean": "it is as if divided by 3, the length of axis 1 of x",
            "/ diff.size * dmean": "it is as if divided by 15, the number of entries of x",
            "* dmean": LEFT_OUT,
        },
    },
    "batchnorm_one_go": {
        "inv / n *": {
            "inv / (n - 1) *": "it is as if divided by 4, one less than 5, the length of axis 0 of x",
            "inv / raw.shape[1] *": "it is as if divided by 3, the length of axis 1 of x",
            "inv *": "you did not divide by 5, the length of axis 0 of x",
            "inv / (raw.shape[1] - 1) *": "it is as if divided by 2, one less than 3, the length of axis 1 of x",
            "inv / n / n *": "as if divided by 5, the length of axis 0 of x: is a mean taken where a sum belongs?",
        },
        "direct = n * dout": {
            "direct = dout": "you did not multiply by 5, the length of axis 0 of x",
            "direct = raw.shape[1] * dout": "you multiplied by 3, the length of axis 1 of x",
            "direct = raw.size * dout": "you multiplied by 15, the number of entries of x",
        },
    },
    "mlp_logits": {
        "dlogits /= n": {
            "dlogits /= n - 1": N_OR_LESS,
            "dlogits /= probs.shape[1]": "it is as if divided by 7, the length of axis 1 of logits",
            "dlogits /= probs.size": "it is as if divided by 35, the number of entries of logits",
            "dlogits /= 1": LEFT_OUT,
            "dlogits /= h.shape[1]": "it is as if divided by 3, the length of axis 1 of h",
        }
    },
    "mse": {" / n": {" / n / n": "is multiplied in twice"}},
    "cross_entropy_batch": {") / n": {") / (len(row) - 1)": "divided by one less than 5, the number of classes"}},
    "block_heads": {
        "(da * a).mean(1, keepdims=True)": {
            "(da * a).sum(1, keepdims=True) / len(dq)": "it is as if divided by 3, the length of axis 0 of v",
            "(da * a).sum(1, keepdims=True) / dq.shape[2]": "it is as if divided by 5, the length of axis 2 of v",
        },
    },
    "layernorm_steps": {
        "/ C * dvar": {
            "/ (C - 1) * dvar": N_OR_LESS,
            "/ len(dout) * dvar": "it is as if divided by 3, the length of axis 0 of diff2",
            "/ dout.size * dvar": "it is as if divided by 15, the number of entries of diff2",
        },
    },
    "layernorm_one_go": {
        "dnorm.mean(1, keepdims=True)": {
            "dnorm.sum(1, keepdims=True)": "the 1/n of the mean is left out",
            "dnorm.sum(1, keepdims=True) / len(dout)": "what comes from mean is off by a constant factor: it is as if",
            "dnorm.sum(1, keepdims=True) / dout.size": "it is as if divided by 15, the number of entries of x",
        },
        "(dnorm * norm).mean(1, keepdims=True)": {
            "(dnorm * norm).sum(1, keepdims=True)": "variance",
            "(dnorm * norm).sum(1, keepdims=True) / len(dout)": "it is as if divided by 3, the length of axis 0 of x",
            "(dnorm * norm).sum(1, keepdims=True) / (dout.shape[1] - 1)": "variance",
        },
    },
    "rmsnorm": {
        "(dnorm * norm).mean(-1, keepdims=True)": {
            "(dnorm * norm).sum(-1, keepdims=True)": "mean square",
            "(dnorm * norm).sum(-1, keepdims=True) / len(x)": "it is as if divided by",
        },
        "(x**2).mean(-1, keepdims=True)": {
            "(x**2).sum(-1, keepdims=True)": "are added up and divided by 1. A row has 5 entries",
            "(x**2).sum(-1, keepdims=True) / x.size": "are added up and divided by 15. A row has 5 entries",
        },
    },
    "block_mlp": {
        "(dm * m).mean(1, keepdims=True)": {
            "(dm * m).sum(1, keepdims=True) / len(m)": "it is as if divided by 4, the length of axis 0 of y",
        },
    },
    "causal_mask": {
        "dscaled / np.sqrt(d)": {
            "dscaled / d": "constant of '/' in scaled",
            "dscaled / np.sqrt(T)": "it is as if divided by the root of 5, the length of axis 0 of scores",
            "dscaled": "the constant of '/' in scaled is left out",
        },
    },
    "lost_axis": {
        "dmean / n": {"dmean / (n - 1)": N_OR_LESS, "dmean / exps.shape[1]": "divided by 5, the length of axis 1"},
        "total**2).sum(1, keepdims=True)": {
            "total**2).mean(1, keepdims=True)": "divided by 3, the length of axis",
            "total**2).sum(1, keepdims=True) / n": "as if divided by 3, the length of axis 0 of total",
        },
        "-ddiff.sum(0, keepdims=True)": {
            "-ddiff.mean(0, keepdims=True)": "divided by 3, the length of axis",
        },
    },
    "one_node": {
        "return dy * w, dy * x": {
            "return dy * w / len(x), dy * x / len(x)": "as if divided by 3, the length of axis 0 of x",
            "return dy * w / x.shape[1], dy * x": "as if divided by 5, the length of axis 1 of x",
            "return dy * w, dy * x / x.size": "as if divided by 15, the number of entries of w",
        },
    },
    "matmul": {
        "x.T @ dy": {
            "x.T @ dy / len(x)": "divided by",
            "x.T @ dy / x.shape[1]": "as if divided by 6, the length of axis 0 of W",
            "x.T @ dy / dy.shape[1]": "as if divided by 3, the length of axis 1 of W",
            "x.T @ dy / dy.size": "as if divided by 12, the number of entries of y",
        },
        "dy @ W.T": {
            "dy @ W.T / len(x)": "as if divided by 4, the length of axis 0 of x",
            "dy @ W.T / dy.shape[1]": "divided by 3, the length of axis 1 of y",
        },
    },
    "embedding": {
        "return dC": {
            "return dC / len(X)": "divided by 2, the length of axis 0 of emb",
            "return dC / X.shape[1]": "divided by 3, the length of axis 1 of emb",
            "return dC / X.size": "as if divided by 6, the number of all picks",
            "return dC / len(C)": "as if divided by 8, the length of axis 0 of C",
            "return dC / C.shape[1]": "as if divided by 4, the length of axis 1 of C",
            "return dC / C.size": "as if divided by 32, the number of entries of C",
        },
    },
    "tied_embeddings": {
        "return dict(": {
            "dwte /= T\n    return dict(": "divided by 3, the length of axis 1 of wte[...]",
            "dwte /= len(tokens)\n    return dict(": "divided by 2, the length of axis 0 of wte[...]",
            "dwte /= len(wte)\n    return dict(": "as if divided by 7, the length of axis 0 of wte",
            "dwte /= wte.shape[1]\n    return dict(": "as if divided by 5, the length of axis 1 of wte",
        },
        "= dx.sum(0)": {
            "= dx.mean(0)": "divided by 2, the length of axis 0 of x",
            "= dx.sum(0) / T": "as if divided by 3, the length of axis 0 of wpe[:3]",
            "= dx.sum(0) / len(wpe)": "as if divided by 4, the length of axis 0 of wpe",
        },
    },
    "conv": {
        "dw[f] += dout[n, f, i, j] *": {
            "dw[f] += dout[n, f, i, j] / len(x) *": "divided by 4, the length of axis 0 of",
            "dw[f] += dout[n, f, i, j] / len(w) *": "as if divided by 6, the length of axis 0 of w",
            "dw[f] += dout[n, f, i, j] / x.shape[1] *": "divided by 5, the length of axis 1 of w",
            "dw[f] += dout[n, f, i, j] / HH *": "as if divided by 3, the length of axis 2 of w",
            "dw[f] += dout[n, f, i, j] / WW *": "as if divided by 4, the length of axis 3 of w",
        },
        "rows, columns] += dout[n, f, i, j]": {
            "rows, columns] += dout[n, f, i, j] / len(x)": "as if divided by 4, the length of axis 0",
            "rows, columns] += dout[n, f, i, j] / len(w)": "divided by 6, the length of axis 1 of out",
        },
        "dout.sum((0, 2, 3))": {
            "dout.sum((0, 2, 3)) / len(x)": "divided by 4, the length of axis 0 of out",
            "dout.sum((0, 2, 3)) / len(w)": "as if divided by 6, the length of axis 0 of b",
        },
    },
    "tiled_attention": {
        "(dout * out).sum(1, keepdims=True)": {
            "(dout * out).mean(1, keepdims=True)": "divided by 3, the length of axis 1 of q",
        },
    },
    "ones_from_above": {
        "/ len(x) * dout": {
            "/ x.shape[1] * dout": "it is as if divided by 2, the length of axis 1 of x",
            "/ x.size * dout": "it is as if divided by 8, the number of entries of x",
            "/ (len(x) - 1) * dout": N_OR_LESS,
        }
    },
    "fused_cross_entropy": {
        "p /= n": {
            "p /= x.shape[1]": "it is as if divided by 3, the length of axis 1 of x",
            "p /= W.shape[1]": "by 7, the",
            "p /= n - 1": N_OR_LESS,
            "p /= 1": LEFT_OUT,
        },
        ".sum() / n": {
            ".sum() / W.shape[1]": "A division by 7 would do that; the mean is over 5 rows.",
            ".sum()": "A division by 1 would do that; the mean is over 5 rows.",
        },
    },
    "train_mlp": {
        "dlogits /= n": {
            "dlogits /= dlogits.shape[1]": "A division by 6 would do that; the mean is over 13 rows.",
            "dlogits /= 1": "A division by 1 would do that; the mean is over 13 rows.",
        },
        "hprebn.sum(0, keepdims=True) / n": {
            "hprebn.sum(0, keepdims=True) / n / n": "A division by 169 in the mean of hprebn would do that.",
        },
        "(diff**2).sum(0, keepdims=True) / (n - 1)": {
            "(diff**2).sum(0, keepdims=True) / n": "A division by 13 in the variance of hprebn would do that.",
        },
        "n * dhpreact": {
            "raw.shape[1] * dhpreact": "you multiplied by 4, the length of axis 0 of W1",
            "(n - 1) * dhpreact": "you multiplied by 12, one less than 13, the length of axis 0 of",
        },
        "n / (n - 1) * raw": {
            "1 / (n - 1) * raw": "it is as if divided by 13, the length of axis 0 of",
            "n / raw.shape[1] * raw": "it is as if divided by 4, the length of axis 0 of W1",
        },
    },
    "tiny_gpt": {
        "dlogits /= T": {
            "dlogits /= H": "it is as if divided by 2, the length of axis 0 of v",
            "dlogits /= T - 1": N_OR_LESS,
            "dlogits /= dlogits.shape[1]": "it is as if divided by 7, the length of axis 1 of logits",
        },
        ".sum(2, keepdims=True)) / np.sqrt(d)": {
            ".sum(2, keepdims=True)) / np.sqrt(T)": "it is as if divided by the root of 5, the length of axis 1 of q",
        },
    },
    "train_gpt": {
        "dlogits /= T": {
            "dlogits /= T - 1": "A division by 4, one less than the number of positions, would do that.",
            "dlogits /= dlogits.shape[1]": "A division by 6, the number of letters, would do that.",
            "dlogits /= dlogits.size": "A division by 30, the number of logits, would do that.",
            "dlogits /= d": "A division by 2, a head's width, would do that.",
            "dlogits /= 1": "It is the number of positions.",
        },
        "(dnorm * norm).mean(1, keepdims=True)": {
            "(dnorm * norm).sum(1, keepdims=True) / len(norm)": "it is as if divided by 5, the length of axis 0",
            "(dnorm * norm).sum(1, keepdims=True) / norm.size": "it is as if divided by 20, the number of entries",
        },
        " / np.sqrt(d)\n    split": {
            " / d\n    split": "It is the root of a head's width.",
            " / np.sqrt(T)\n    split": "A division by 2.236, the root of the number of positions, would do that.",
        },
        "targets]).mean())": {"targets]).sum())": "A division by 1 would do that; the mean is over 5 rows."},
        "(f[source] ** 2).mean(1, keepdims=True)": {
            "(f[source] ** 2).sum(1, keepdims=True) / T": "A division by 5 in the mean square for x and a",
        },
        " / np.sqrt(C // heads)": {" / np.sqrt(T)": "A division by 2.236 in the scores would do that."},
    },
}
CASES = [
    pytest.param(kata, right, wrong, words, id=f"{kata}: {wrong}")
    for kata, places in DIVISIONS.items()
    for right, others in places.items()
    for wrong, words in others.items()
]


@pytest.mark.rest
@pytest.mark.drawn(0, by=lambda kata, **_: kata, rest=1)
@pytest.mark.parametrize(("kata", "right", "wrong", "words"), CASES)
def test_a_division_by_another_size_is_told_as_what_it_is(kata, right, wrong, words, answer, judged_once):
    text = COURSE[kata].solution.read_text(encoding="utf-8")
    assert text.count(right) == 1
    found = judge(COURSE[kata], answer(text.replace(right, wrong)), run=judged_once)
    assert words in " ".join(found.message.split())
