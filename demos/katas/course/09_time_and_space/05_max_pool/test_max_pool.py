"""Pooling of small pictures: overlapping windows, and ties."""

import numpy as np
import pytest
from max_pool import max_pool

from handgrad import manual
from handgrad.arrays import array, label
from handgrad.demos.katas.checking import by_hand, check_gradients, say_known


def check(numbers, size, stride, seed):
    H, W = numbers.shape[2:]
    rows = np.arange((H - size) // stride + 1)[:, None] * stride + np.arange(size)
    columns = np.arange((W - size) // stride + 1)[:, None] * stride + np.arange(size)
    with manual():
        x = array(numbers, "x")
        windows = x[:, :, rows[:, None, :, None], columns[None, :, None, :]]
        out = label(windows.reshape(*windows.shape[:4], size * size).max(-1), "out")
        dout = np.random.default_rng(seed).normal(size=out.shape)
        L = label((out * dout).sum(), "L")
    call = f"max_pool(x, dout, size={size}, stride={stride})"
    with by_hand():
        dx = max_pool(numbers.copy(), dout.copy(), size, stride)
    if np.shape(dx) == numbers.shape:
        came, left = float(np.sum(dx)), float(dout.sum())
        assert abs(came - left) <= 1e-9 * np.abs(dout).sum(), (
            f"Called {call}. dx sums to {came:.6g}, dout to {left:.6g}. Expected the same: each window sends its "
            "gradient, as it is, to one entry, and adds it to what that entry has already."
            f"{say_known(np.asarray(dx), usual_sums(np.asarray(dx), numbers, dout, size, stride))}"
        )
        check_the_largest(np.asarray(dx), numbers, dout, size, stride, call)
    out.grad, x.grad = dout, dx
    check_gradients(L, nodes=[out, x], call=f"{call} and filled in what it returned")


def usual(numbers, dout, size, stride):
    """What usual mistakes give, each with words."""

    def put(place, begin=stride, pick=np.argmax):
        dx = np.zeros_like(numbers)
        for n, c, i, j in np.ndindex(*dout.shape):
            window = numbers[n, c, i * begin : i * begin + size, j * begin : j * begin + size]
            row, column = map(int, np.unravel_index(pick(window), window.shape))
            down, on = np.mod(place(i, j, row, column), numbers.shape[2:])  # -1 is the last one
            dx[n, c, down, on] += dout[n, c, i, j]
        return dx

    one_apart = "as if each window began one entry after the one before: by how much do i and j move a window on?"
    mean = sum(put(lambda i, j, r, q, at=at: (i * stride + at[0], j * stride + at[1])) for at in np.ndindex(size, size))
    of_the_first = np.zeros_like(numbers)
    for n, c, i, j in np.ndindex(*dout.shape):
        at = slice(i * stride, i * stride + size), slice(j * stride, j * stride + size)
        window = numbers[n, 0][at]
        of_the_first[n, c][at] += dout[n, c, i, j] * (np.arange(size * size).reshape(size, size) == window.argmax())
    near = [
        (put(lambda i, j, r, q, by=by: (i * stride + r + by[0], j * stride + q + by[1])), what)
        for what, by in (("row", (1, 0)), ("row", (-1, 0)), ("column", (0, 1)), ("column", (0, -1)))
    ]
    return (
        (put(lambda i, j, r, q: (i + r, j + q)), f"The gradients are put back {one_apart}"),
        (put(lambda i, j, r, q: (i + r, j + q), 1), f"The windows are cut out and put back {one_apart}"),
        (put(lambda i, j, r, q: (i * stride + r, j * stride + q), 1), f"The windows are cut out {one_apart}"),
        (put(lambda i, j, r, q: (i * stride + q, j * stride + r)), "Row and column in the window are exchanged."),
        (put(lambda i, j, r, q: (r, q)), "Each gradient is put back as if its window were the first."),
        (put(lambda i, j, r, q: (i * stride, j * stride)), "Each gradient is put back where its window begins."),
        (
            put(lambda i, j, r, q: (i * stride + r, j * stride + q), pick=np.argmin),
            "The smallest of a window gets it.",
        ),
        (
            put(lambda i, j, r, q: (i * stride + r, j * stride + q), pick=lambda window: np.abs(window).argmax()),
            "What is farthest from 0 gets it: which is the largest?",
        ),
        (of_the_first, "Every channel sends it to where the first has its largest: of which entries is each maximum?"),
        (mean / size**2, "Each entry of a window gets the same share, as of a mean: which entries move out?"),
        *((dx, f"Each gradient is put back one {what} beside its place.") for dx, what in near),
    )


def usual_sums(dx, numbers, dout, size, stride):
    """What mistakes give that change the sum, each with words."""

    def put(shares, begin=stride, *, adds=True):
        dx = np.zeros_like(numbers)
        for n, c, i, j in np.ndindex(*dout.shape):
            at = n, c, slice(i * begin, i * begin + size), slice(j * begin, j * begin + size)
            passed = shares(numbers[at], dout[n, c, i, j]) if numbers[at].size else 0.0
            dx[at] = passed + dx[at] if adds else np.where(passed, passed, dx[at])
        return dx

    def first(window):
        return np.arange(window.size).reshape(window.shape) == window.argmax()

    yield put(lambda w, d: max(d, 0.0) * first(w)), "What is below 0 in dout is left out."
    right = put(lambda w, d: d * first(w))
    some = np.where(dx != 0.0, right, 0.0)
    yield some, "What is there is right, and other windows send nothing: which rows, columns or channels are left out?"
    yield put(lambda w, d: d * first(w), adds=False), "The last of several windows overwrites it (use +=, not =)."
    yield put(lambda w, d: d * (w == w.max())), "Where several are equally large, each of them gets all of it."
    yield put(lambda w, d: d * first(w) * w.max()), "It is multiplied by the largest entry: how does the maximum move?"
    yield put(lambda w, d: d * first(w) / size**2), "It is divided by the entries of a window, as for a mean."
    yield put(lambda w, d: d + 0.0 * w), "Every entry of a window gets it, as of a sum: which entries move out?"
    yield put(lambda w, d: 1.0 * first(w)), "dout is not multiplied in: 1 is only the local derivative."
    yield put(lambda w, d: d * first(w), size), "The windows lie side by side, as if stride were size."


def check_the_largest(dx, numbers, dout, size, stride, call):
    """Only what is the largest of a window gets anything; of equal ones the first, row by row."""
    H, W = numbers.shape[2:]
    winners, tied = set(), set()
    for n, c, i, j in np.ndindex(*numbers.shape[:2], (H - size) // stride + 1, (W - size) // stride + 1):
        window = numbers[n, c, i * stride : i * stride + size, j * stride : j * stride + size]
        places = [(n, c, int(i * stride + r), int(j * stride + q)) for r, q in np.argwhere(window == window.max())]
        winners.add(places[0])
        tied.update(places[1:])
    for place in zip(*map(np.ndarray.tolist, np.nonzero(dx))):
        at = f"dx[{', '.join(map(str, place))}]"
        assert place in winners or place not in tied, (
            f"Called {call}. {at} is {dx[place]:.6g}: its window has several entries of that size. Expected all of it "
            "at the first of them, row by row, and nothing at the others."
        )
        assert place in winners, (
            f"Called {call}. {at} is {dx[place]:.6g}. Expected 0: that entry of x is the largest of no window, so it "
            "does not move out."
            f"{say_known(dx, usual(numbers, dout, size, stride)) or ' Which entry of its window does?'}"
        )


@pytest.mark.parametrize(
    ("shape", "size", "stride", "seed"),
    [((1, 1, 4, 4), 2, 2, 1), ((3, 5, 4, 7), 2, 1, 2), ((1, 2, 5, 7), 3, 2, 3), ((2, 1, 4, 3), 1, 1, 4)],
)
def test_every_window_sends_its_gradient_to_its_largest(shape, size, stride, seed):
    check(np.random.default_rng(seed).normal(size=shape), size, stride, seed)


def test_of_equal_ones_the_first_gets_all():
    numbers = np.maximum(np.random.default_rng(6).normal(size=(2, 1, 4, 4)), 0.0)  # zeros, as behind a ReLU
    numbers[0, 0, :2, :2] = 0.0
    check(numbers, 2, 2, 5)
