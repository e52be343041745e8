"""What a check needs NumPy for is loaded with the first array."""

from handgrad.rulecheck import array_checks, directions, points


def test_the_doors_lead_to_the_rooms_they_name() -> None:
    assert (array_checks.directions(), array_checks.points()) == (directions, points)
