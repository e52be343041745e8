"""What the name of a file or folder that was handed in says."""

import pytest

from handgrad.demos.grading.submissions.file_names import download, is_late, named_as_kata, student_of
from handgrad.demos.grading.submissions.reading import read_submissions
from tests.demos.grading.classes import COURSE, hand_in


def test_downloads_of_canvas_and_moodle_are_grouped_by_student(tmp_path):
    canvas = (
        "lovelaceada_12345_6789010_multiply-1.py",
        "lovelaceada_LATE_12345_6789011_my_add.py",
        "lovelaceada_99999_6789012_add.py",
        "lee_ann_12346_6789013_add_2.py",
        "anon_Ab3dE_6789014_add.py",
        "smithbob_12347_6789015_work.zip",
        "evil_12348_6789016_lovelaceada_12345_6789019_multiply-7.py",
        "ada_2_multiply.py",
    )
    moodle = ("Ada Lovelace_77_assignsubmission_file", "Bob L_78_assignsubmission_file_")
    for name in canvas:
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / name).write_bytes(b"")
    for name in moodle:
        hand_in(tmp_path / "in", name, multiply=b"")
    (tmp_path / "in" / "Ada Lovelace_77_assignsubmission_onlinetext").mkdir()
    (tmp_path / "in" / "Carl_79_assignsubmission_file_add.py").write_bytes(b"")
    assert [(s.student, s.kata, s.problem) for s in read_submissions(tmp_path / "in", COURSE).submissions] == [
        ("Ada Lovelace_77", "multiply", ""),
        ("Bob L_78", "multiply", ""),
        ("Carl_79", "add", ""),
        ("ada_2", "multiply", ""),
        ("anon_Ab3dE", "add", ""),
        ("evil_12348", "multiply", ""),
        ("lee_ann_12346", "add", ""),
        ("lovelaceada_12345", "add", ""),
        ("lovelaceada_12345", "multiply", ""),
        ("lovelaceada_99999", "add", ""),
        (
            "smithbob_12347",
            "",
            "smithbob_12347_6789015_work.zip cannot be unpacked (BadZipFile). Hand in the files themselves.",
        ),
    ]


@pytest.mark.parametrize(
    ("name", "before", "kata", "number"),
    [
        ("slope.py", "", "slope", 0),
        ("ada_slope.py", "ada", "slope", 0),
        ("ada_l_two_links-1.py", "ada_l", "two_links", 1),
        ("add (12).py", "", "add", 12),
        ("add(3).py", "", "add", 3),
        ("ada_2_add_3.py", "ada_2", "add", 3),
        ("__add.py", "", "add", 0),
    ],
)
def test_a_file_is_named_as_the_longest_kata_at_its_end(name, before, kata, number):
    found = named_as_kata(name, COURSE)
    assert (found.before, found.kata.name, found.number) == (before, kata, number)


@pytest.mark.parametrize(
    "name", ["slope", "slope.txt", "slope.py.bak", "test_slope.py", "ada_test_add.py", "padd.py", ".py"]
)
def test_another_file_and_a_test_are_named_as_none(name):
    assert named_as_kata(name, COURSE) is None


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("lovelaceada_LATE_12345_6789011_my_add.py", ("lovelaceada_12345", "my_add.py", 6789011)),
        ("anon_Ab3dE_6789014_add.py", ("anon_Ab3dE", "add.py", 6789014)),
        ("Ada L_77_assignsubmission_file_add.py", ("Ada L_77", "add.py", 0)),
        ("ada_2_add.py", ("", "ada_2_add.py", 0)),  # an upload has more digits
    ],
)
def test_a_platforms_name_says_whose_file_it_is(name, found):
    assert download(name) == found


def test_a_folder_is_its_students_by_its_name():
    assert student_of("Ada L_77_assignsubmission_file_") == "Ada L_77"
    assert student_of("ada_slope") == "ada_slope"


@pytest.mark.parametrize(
    ("name", "late"),
    [
        ("lovelaceada_LATE_12345_6789011_add.py", True), ("LATE_anon_Ab3dE_6789014_add.py", True),
        ("lovelaceada_12345_6789011_add.py", False), ("LATE_add.py", False),
    ],
)  # fmt: skip
def test_only_canvas_says_that_something_came_late(name, late):
    assert is_late(name) is late
