"""What the check of the whole site takes for the same verdict."""

from .site_check import COMPARED, differences

TABLE = "array    max diff   status\nwte  {:>12}   correct\n"


def told(**parts):
    return {"type": "judged", **dict.fromkeys(COMPARED), "status": "failed", **parts}


def test_a_last_bit_that_another_library_rounds_otherwise_is_no_difference_however_wide_its_column():
    here, there = (told(message=TABLE.format(number)) for number in ("4.4e-16", "0"))
    assert list(differences(here, there, is_solution=False)) == []


def test_another_number_in_a_table_is_a_difference():
    here, there = (told(message=TABLE.format(number)) for number in ("4.4e-02", "0"))
    assert len(list(differences(here, there, is_solution=False))) == 1


def test_a_solution_that_fails_alike_on_both_sides_is_told():
    assert list(differences(told(), told(), is_solution=True)) == ["it is failed"]
