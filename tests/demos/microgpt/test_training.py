"""The GPT that writes names: four ways to its gradients, one of them torch's besides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from handgrad.demos.microgpt import model, text, training
from handgrad.demos.microgpt.__main__ import main, p_minus_y

TOKENS = text.tokens("anna")


def by_torch() -> dict[str, np.ndarray]:
    """The gradient of every array of the exercise, by another engine and from the formulas of the papers."""
    p = {name: torch.tensor(data, requires_grad=True) for name, data in model.parameters(27).items()}
    made = dict(p)

    def keep(name: str, tensor: torch.Tensor) -> torch.Tensor:
        tensor.retain_grad()
        made[name] = tensor
        return tensor

    def norm(name: str, source: torch.Tensor, ms: str, inv: str) -> torch.Tensor:
        mean_square = keep(ms, source.pow(2).mean(1, keepdim=True))
        return keep(name, source * keep(inv, torch.rsqrt(mean_square + 1e-5)))

    tokens, targets = torch.tensor(TOKENS[:-1]), torch.tensor(TOKENS[1:])
    T, C = len(tokens), model.WIDTH
    tok = keep("tok", torch.nn.functional.embedding(tokens, p["wte"]))
    pos = keep("pos", p["wpe"][:T])
    x = norm("x", keep("emb", tok + pos), "emb_ms", "emb_inv")
    a = norm("a", x, "x_ms", "x_inv")
    q, k, v = (keep(name, a @ p[f"W{name}"]) for name in "qkv")
    qs, ks, vs = (keep(f"{n}s", t.view(T, model.HEADS, -1).transpose(0, 1)) for n, t in zip("qkv", (q, k, v)))
    scores = keep("scores", qs @ ks.transpose(1, 2) / (C // model.HEADS) ** 0.5)
    masked = scores.masked_fill(torch.ones(T, T, dtype=torch.bool).triu(1), float("-inf"))
    weights = keep("weights", torch.softmax(masked, -1))
    merged = keep("merged", keep("heads", weights @ vs).transpose(0, 1).reshape(T, C))
    y = keep("y", x + keep("attended", merged @ p["Wo"]))
    m = norm("m", y, "y_ms", "y_inv")
    z = keep("z", torch.relu(keep("h", m @ p["W1"])))
    out = keep("out", y + keep("mlp", z @ p["W2"]))
    logits = keep("logits", out @ p["wte"].T)
    torch.nn.functional.cross_entropy(logits, targets).backward()
    return {name: made[name].grad.numpy() for name in model.INTERMEDIATES}


def test_every_array_has_torchs_gradient() -> None:
    expected = by_torch()
    x = model.as_nodes(model.parameters(27), TOKENS[:-1], TOKENS[1:])
    x.loss.backward()
    for name in model.INTERMEDIATES:
        assert getattr(x, name).grad == pytest.approx(expected[name], rel=1e-9, abs=1e-14), name


def test_all_ways_give_the_same_losses() -> None:
    names = ["ann", "bo", "anna", "ed"]
    runs = {way: [now.loss for now in training.train(made(), names, 6)] for way, made in training.WAYS.items()}
    assert list(runs) == ["scalars", "replay", "arrays", "hand"]
    for losses in runs.values():
        assert losses == pytest.approx(runs["hand"], rel=1e-12)


def test_it_learns_and_makes_up_names() -> None:
    names = text.shuffled(text.names(), 1)
    *_, last = steps = list(training.train(training.WAYS["hand"](), names, 400))
    assert steps[0].loss > 3.2
    assert np.mean([now.loss for now in steps[-50:]]) < 2.7
    made = training.sample(last.parameters, count=5)
    assert len(made) == 5
    assert all(name and set(name) <= set(text.CHARACTERS[1:]) for name in made)


def test_the_table_shows_that_p_minus_y_is_what_autodiff_gives() -> None:
    parameters = model.parameters(27)
    x = model.forward(parameters, TOKENS[:-1], TOKENS[1:])
    rows = [line.split() for line in p_minus_y(parameters, "anna").splitlines()[2:]]
    assert [row[:2] for row in rows] == [[".", "a"], [".a", "n"], [".an", "n"], [".ann", "a"], [".anna", "."]]
    for t, row in enumerate(rows):
        there = (x.probs[t, TOKENS[t + 1]] - 1.0) / 5
        assert [float(cell) for cell in row[3:]] == pytest.approx([there, -there, there], abs=6e-5)


def test_the_program_trains_says_what_came_of_it_and_draws_the_losses(tmp_path: Path) -> None:
    out = tmp_path / "new" / "losses.png"
    done = CliRunner().invoke(main, ["--by", "hand", "--steps", "30", "--out", str(out)])
    assert done.exit_code == 0, done.output
    for words in ("3,760 parameters", "log(27) = 3.296", "it makes up:", "(p - y)/5", str(out)):
        assert words in done.output
    assert out.read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = CliRunner().invoke(main, ["--by", "hand", "--steps", "2", "--out", str(tmp_path / "file" / "losses.png")])
    assert done.exit_code == 1
    assert "cannot write" in done.output
