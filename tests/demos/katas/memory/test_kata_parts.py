"""Parts of the katas' own graphs: what is asked of them can be answered by an expression."""

import random

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.katas.memory.kata_parts import part_task

COURSE = Course()

ANSWERS = {
    ("linear", "b[0]"): "y[0].grad",
    ("bias", "b"): "dy.sum(0)",
    ("axis_mean", "x"): "dm[:, None] / x.shape[1] * np.ones_like(x)",
    ("softmax_rows", "z"): "p * (dp - (dp * p).sum(1, keepdims=True))",
    ("pick", "p"): "dp[range(len(p)), y] = dpicked",
    ("batchnorm_steps", "inv"): "(draw * diff).sum(0, keepdims=True)",
    ("batchnorm_one_go", "x"): ("gain * inv / n * (n * dout - dout.sum(0) - n / (n - 1) * raw * (dout * raw).sum(0))"),
    ("embedding", "C"): "np.add.at(dC, X, demb)",
    ("makemore_mlp", "logits"): "(probs - np.eye(probs.shape[1])[Y]) / len(Y)",
    ("makemore_mlp", "W1"): "flat.T @ dhprebn",
    ("tied_embeddings", "wpe"): "dwpe[:tokens.shape[1]] = dx.sum(0)",
    ("layernorm_one_go", "x"): (
        "inv / x.shape[1] * (x.shape[1] * dout * gain - (dout * gain).sum(1, keepdims=True) "
        "- norm * (dout * gain * norm).sum(1, keepdims=True))"
    ),
    ("attention", "scores"): "weights * (dweights - (weights * dweights).sum(1, keepdims=True))",
    ("heads", "qkv"): (
        "np.concatenate([dq.transpose(1, 0, 2).reshape(length, C), dk.transpose(1, 0, 2).reshape(length, C), "
        "dv.transpose(1, 0, 2).reshape(length, C)], axis=1)"
    ),
    ("dropout", "y"): "dkept * mask / (1 - p)",
    ("tiny_gpt", "out"): "dlogits @ wte",
    ("lstm", "h0"): "da1 @ Wh.T",
    ("conv", "b"): "dout.sum((0, 2, 3))",
    ("two_planted", "b3"): "(A3 - Y).sum(1, keepdims=True) / Y.shape[1]",
    ("fused_cross_entropy", "x"): "(p - np.eye(p.shape[1])[y]) / n @ W.T",
    ("tiled_attention", "v"): "p.T @ dout",
    ("rmsnorm_blocks", "gain"): "(dout * x * inv).sum(0)",
    ("lost_axis", "x"): "ddiff + dmean / n",
}
"""Of katas of each belt, an array and its gradient."""
EVERYDAY = {"linear", "bias", "softmax_rows", "embedding", "attention", "axis_mean"}


@pytest.mark.parametrize(
    ("name", "node"),
    [pytest.param(*key, marks=[pytest.mark.rest] * (key[0] not in EVERYDAY)) for key in ANSWERS],
    ids=str,
)
def test_of_what_was_wrong_the_part_is_asked_and_its_answer_passes(name, node):
    (question,) = part_task(COURSE[name], random.Random(1), {node}).questions
    assert question.name == node
    assert not question.judge(f"0 * {node}").is_right
    assert question.judge(ANSWERS[name, node]).is_right
