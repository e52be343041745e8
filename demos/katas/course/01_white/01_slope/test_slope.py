"""Checks slope(f, x, h) on curves whose slope is known."""

import math
import random

from slope import slope

from handgrad.demos.katas.checking import say_known

# No 0, 1 or 2 and no two of one size, so that a slip changes the answer.
NUMBERS = (-3.4, -2.7, -1.6, -0.7, 0.6, 1.3, 2.3, 3.6)


def judge(text, f, x, true, *, rtol, **step):
    h = step.get("h", 1e-5)
    got = slope(f, x, **step)
    call = f"Called slope(f, {x}{f', h={h}' if step else ''}) with f(x) = {text}.\n"
    is_number = isinstance(got, (int, float))
    assert is_number, f"{call}It returned {got!r}.\nExpected: a number. Does every way through end in a return?"
    got = float(got)  # an object of a class of its own may call itself near to everything
    is_right = abs(got - true) <= rtol * abs(true)
    assert is_right, (
        f"{call}It returned {got:.8g}.\n"
        "Expected: the rise of f from x - h to x + h, divided by the run from the one to the other.\n"
        f"{clue(got, f, x, h)}"
    )


def clue(got, f, x, h):
    """What the wrong number is, where it is a well-known one."""
    rise, total = f(x + h) - f(x - h), f(x + h) + f(x - h)
    known = (
        (rise / h, "That is twice the slope: how far apart are the two points?"),
        (-rise / (2 * h), "The size is right, the sign is not: which of the two points do you subtract?"),
        ((f(x + h) - f(x)) / h, "That is the slope from x to x + h: it looks to the right side only."),
        ((f(x) - f(x - h)) / h, "That is the slope from x - h to x: it looks to the left side only."),
        ((f(x + h) - f(x)) / (2 * h), "That rise begins at x itself: how far is it from there to x + h?"),
        ((f(x) - f(x - h)) / (2 * h), "That rise ends at x itself: how far is it from x - h to there?"),
        (
            (f(x + h / 2) - f(x - h / 2)) / h,
            "That is the slope from x - h/2 to x + h/2: how far to each side does a step go?",
        ),
        (2 * x, "That is 2*x, the slope of x*x alone: what is the rise of the f that is given?"),
        (round(rise / (2 * h), 2), "That is rounded to two decimals: return all the digits that you have."),
        (rise / 2e-5, "That is the rise over 2e-5: how large is the h that is given?"),
        (rise, "That is the rise alone: what is it to be divided by?"),
        (rise / 2, "That is half the rise: the run is 2*h, so h divides too."),
        (rise * 2 * h, "That is the rise multiplied by the run 2*h: by what is it to be divided?"),
        (rise * h, "That is the rise multiplied by h: by what is it to be divided?"),
        (rise / 2 * h, "Mind the brackets: `/ 2 * h` divides by 2 and then multiplies by h."),
        (rise / h * 2, "Mind the brackets: `/ h * 2` divides by h and then multiplies by 2."),
        (rise // (2 * h), "That is rounded down to a whole number: // does that, and / does not."),
        (2 * h / rise if rise else 0.0, "That is the run over the rise: which of the two is to be divided?"),
        (total / (2 * h), "That is the sum of the two heights over the run: a rise is the one height minus the other."),
        (total / h, "That is the sum of the two heights over h: a rise is the one height minus the other."),
        (total, "That is the sum of the two heights: a rise is the one height minus the other."),
        (total / 2, "That is the mean of the two heights: a rise is the one height minus the other."),
        (f(x + h) - f(x - h) / (2 * h), "Mind the brackets: here only f(x - h) is divided by the run."),
        ((f(h) - f(-h)) / (2 * h), "That is the slope at 0: are the two points to the sides of x?"),
        (1.0, "That is 1, as it would be for every f: is the rise taken between f(x + h) and f(x - h)?"),
        (f(x + h), "That is the height f(x + h), not how fast f moves at x."),
        (f(x - h), "That is the height f(x - h), not how fast f moves at x."),
        (f(x), "That is the height f(x), not how fast f moves there."),
    )
    return say_known(got, known).lstrip() or "Print the rise and the run, and compare them with a drawing."


def parabola(seed):
    a, b, c, x = random.Random(seed).sample(NUMBERS, 4)
    return f"{a}*x*x + {b}*x + {c}".replace("+ -", "- "), lambda x: a * x * x + b * x + c, x, 2 * a * x + b


def test_a_wide_step_is_exact_on_a_parabola_and_reaches_to_h_on_any_curve():
    for seed in range(5):
        judge(*parabola(seed), rtol=1e-9, h=0.3)
    judge("exp(x)", math.exp, 1.3, (math.exp(1.6) - math.exp(1.0)) / 0.6, rtol=1e-9, h=0.3)


def test_a_small_step_finds_the_slope_of_a_parabola():
    for seed in range(5, 10):
        judge(*parabola(seed), rtol=1e-6)


def test_a_small_step_finds_the_slope_of_other_curves():
    for x in random.Random(10).sample(NUMBERS, 3):
        judge("exp(x)", math.exp, x, math.exp(x), rtol=1e-6)
        judge("sin(x)", math.sin, x, math.cos(x), rtol=1e-6)
