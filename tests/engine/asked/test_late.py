"""What of a check needs NumPy is loaded with the first operation on arrays, and not before."""

from handgrad.asked import late


def test_the_door_opens_on_the_module_of_its_name():
    assert late.array_check().__name__ == "handgrad.asked.array_check"
    assert late.array_check() is late.array_check()
