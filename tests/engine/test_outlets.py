"""A comparison asks for what writes and opens it by name."""

from importlib.metadata import EntryPoint, EntryPoints

import pytest

from handgrad import Value, compare, manual, outlets


def wrong_comparison():
    with manual():
        a, b = Value(2.0, "a"), Value(-3.0, "b")
        L = a * b
        L.label = "L"
    L.grad, a.grad, b.grad = 1.0, 2.0, 2.0
    return compare(L)


def takes(comparison, *rest):
    return comparison, rest


@pytest.fixture
def declared(monkeypatch):
    """Outlets that call `takes`."""
    points = EntryPoints(EntryPoint(name, f"{__name__}:takes", outlets.GROUP) for name in ("kata", "sheet"))
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **which: points.select(**which))


def test_a_comparison_is_handed_to_what_is_declared(declared):
    comparison = wrong_comparison()
    assert comparison.to_kata("my_bug") == (comparison, ("my_bug",))
    assert comparison.sheet() == (comparison, ())


def test_where_nothing_is_declared_it_says_so(monkeypatch):
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: EntryPoints())
    with pytest.raises(outlets.OutletError, match="makes a kata of a comparison"):
        wrong_comparison().to_kata("my_bug")
