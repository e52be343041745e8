"""What a check needs NumPy for is loaded with the first array."""

from handgrad.rulecheck import directions, late, points


def test_the_doors_lead_to_the_rooms_they_name() -> None:
    assert (late.directions(), late.points()) == (directions, points)
