"""Edits are written in NumPy's words, and spelt in torch's."""

import pytest
import torch

from handgrad.adapters.torch.spelling import TORCH


@pytest.mark.parametrize(
    ("written", "spelt"),
    [
        ("np.sum(x, axis=0, keepdims=True)", "torch.sum(x, dim=0, keepdim=True)"),
        ("np.transpose(x, (1, 0))", "torch.permute(x, (1, 0))"),
        ("np.max(x, axis=1)", "torch.amax(x, dim=1)"),
        ("x.copy()", "x.clone()"),
        ("a / b.size", "a / b.numel()"),
        ("a / b.size(0)", "a / b.size(0)"),
        ("np.add.at(w, np.s_[i], g)", "w.index_put_((i,), (g), accumulate=True)"),
        ("np.subtract.at(w, np.s_[i], g)", "w.index_put_((i,), -(g), accumulate=True)"),
    ],
)
def test_torchs_words_stand_for_numpys(written: str, spelt: str) -> None:
    assert TORCH.spelt(written, "torch").replace("(g)", "g") == spelt.replace("(g)", "g")


def test_the_name_that_the_file_has_for_torch_is_used() -> None:
    assert TORCH.spelt("np.exp(x)", "th") == "th.exp(x)"


def test_only_numbers_of_floating_point_are_read() -> None:
    assert TORCH.numbers(torch.tensor([1.0, 2.0])).tolist() == [1.0, 2.0]
    assert TORCH.numbers(torch.tensor([1, 2])) is None
    assert TORCH.numbers("x") is None


def test_numbers_are_written_into_a_tensor_that_wants_a_gradient() -> None:
    x = torch.zeros(2, requires_grad=True)
    TORCH.write(x, TORCH.numbers(torch.ones(2)))
    assert x.tolist() == [1.0, 1.0]


def test_what_is_made_of_numbers_is_like_the_tensor_before() -> None:
    made = TORCH.made(TORCH.numbers(torch.ones(2, 3)), torch.zeros(2, 3))
    assert made.dtype is torch.float32
    assert made.shape == (2, 3)


@pytest.mark.parametrize("index", ["a:b", ":, i", "..., 1:"])
def test_what_torch_has_no_words_for_is_not_written(index: str) -> None:
    assert not TORCH.spelt(f"np.add.at(w, np.s_[{index}], g)", "torch")
