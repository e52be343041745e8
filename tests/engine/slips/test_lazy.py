"""The numbers of a guess at a large array: a few of its entries are those of the whole."""

from __future__ import annotations

import numpy as np

from handgrad.slips.candidates import LazyGradient, recompute_lazily, replace_use

from .nets import Net, normal
from .test_neighborhood import region_of


def layers() -> Net:
    """x @ w into tanh and a second product, the rows enough that a few entries are looked at first."""

    def build(name, x, w, v, c):
        h = name("h", np.tanh(name("z", x @ w)))
        return (name("y", h @ v) * c).sum()

    return Net(build, x=normal(9, 5), w=normal(5, 20, seed=1), v=normal(20, 3, seed=2), c=normal(9, 3, seed=3))


def test_the_few_entries_of_a_guess_are_those_of_the_whole():
    net = layers()
    for name, blank in (("w", ()), ("w", ("z", "h")), ("h", ()), ("z", ("h", "y"))):
        region = region_of(net, name, blank)
        for use in region.uses:
            for upstream in (use.upstream, 2.0 * use.upstream):
                guess = replace_use(region, use, upstream, use.local)
                assert isinstance(guess, LazyGradient)
                np.testing.assert_allclose(
                    guess.sample(), guess.full()[region.match.sample_index], rtol=1e-9, atol=1e-12
                )
                np.testing.assert_allclose(guess.full(), region.replace_contribution(use, upstream * use.local), rtol=0)


def test_so_are_those_of_other_numbers_at_a_node_or_other_slopes_at_a_use():
    net = layers()
    region = region_of(net, "w", ("z", "h"))
    ones = {net.y: np.ones(net.y.shape)}
    slopes = {use.key: use.local.replace_coefficient(0.5) for use in region.uses if str(use.consumer.op) == "tanh"}
    for numbers, locals_ in ((ones, None), (None, slopes), (ones, slopes)):
        guess = recompute_lazily(region, numbers, locals_)
        np.testing.assert_allclose(guess.sample(), guess.full()[region.match.sample_index], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(guess.full(), region.recompute(numbers, locals_), rtol=0)


def test_a_multiple_of_a_guess_is_one_of_its_entries_and_of_the_whole():
    region = region_of(layers(), "w")
    guess = recompute_lazily(region)
    np.testing.assert_allclose((-3.0 * guess).sample(), -3.0 * guess.sample())
    np.testing.assert_allclose((-3.0 * guess).full(), -3.0 * guess.full())


def test_of_a_small_array_all_is_worked_out_at_once():
    region = region_of(layers(), "y")
    assert region.match.sample_index is None
    assert isinstance(recompute_lazily(region), np.ndarray)
