"""A patch of one line in words."""

import pytest

from handgrad.demos.debugging.patch_words import speak_patch


def patch_of(old, new):
    return f"--- mine.py\n+++ mine.py\n@@ -3,3 +3,3 @@\n     p = 1\n-    {old}\n+    {new}\n     return d\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "d = g * p + q * t",
            "d = g * p * (1 - t) + q * t",
            "the second term is right, and in the first the factor `(1 - t)` is missing",
        ),
        ("d = y_pred * y_true", "d = y_pred * y_true - y_true", "the term `- y_true` is missing"),
        ("return a + b - c", "return a - c", "the term `+ b` is too many"),
        ("return (g * s,)", "return (g * s / n,)", "the division by `n` is missing"),
        ("d = 2 * e / n", "d = e / n", "the factor `2` is too many"),
        ("d = -e * W", "d = e * W", "the sign is the other one"),
        ("d = g * a", "d = g * b", "`a` stands where `b` belongs"),
        ("d += f(x, y) * g", "d += f(y, x) * g", "`x` and `y` have changed places"),
    ],
)
def test_a_patch_is_spoken_by_term_in_the_names_of_the_line(old, new, said):
    assert speak_patch(patch_of(old, new)) == f"In `{old}`, {said}."


@pytest.mark.parametrize(
    ("old", "new"),
    [("d = a * b + c * e", "d = a + c"), ("d = [", "d = ("), ("if x > 0:", "if x >= 0:"), ("d = -a", "d = b")],
)
def test_what_is_no_one_thing_is_not_spoken(old, new):
    assert speak_patch(patch_of(old, new)) == ""
    assert speak_patch(patch_of(old, new) + "-    x = 1\n+    x = 2\n") == ""
