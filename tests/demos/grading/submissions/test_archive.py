"""Zips that students hand in: read where they are honest, refused with a reason where they are not, never unpacked."""

import io
import stat
import zipfile

import pytest

from handgrad.demos.grading.submissions import archive
from handgrad.demos.grading.submissions.archive import members
from handgrad.demos.grading.submissions.reading import A_LINK, MOST_BYTES, read_submissions
from handgrad.demos.grading.submissions.safe_files import RefusedError
from tests.demos.grading.classes import COURSE, RIGHT, hand_in


def pack(path, *entries, kind=zipfile.ZIP_DEFLATED):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", kind) as whole:
        for name, content in entries:
            whole.writestr(name, content)
    return path


def read(folder):
    return {s.student: (s.kata, s.content, s.problem) for s in read_submissions(folder, COURSE).submissions}


@pytest.mark.parametrize("place", ["ada/work.zip", "ada.zip", "ada/deep/er.ZIP"])
def test_what_is_in_a_zip_counts_as_if_it_lay_beside_it(tmp_path, place):
    pack(tmp_path / "in" / place, ("katas/multiply.py", RIGHT), ("katas/notes.txt", "mine"))
    assert read(tmp_path / "in") == {"ada": ("multiply", RIGHT, "")}
    assert sorted(p.name for p in tmp_path.rglob("*.py")) == []


def test_a_zip_of_canvas_is_its_students_and_may_be_late(tmp_path):
    pack(tmp_path / "in" / "lovelaceada_LATE_12345_678901_work.zip", ("multiply.py", RIGHT))
    (found,) = read_submissions(tmp_path / "in", COURSE).submissions
    assert (found.student, found.content, found.late) == ("lovelaceada_12345", RIGHT, True)


def test_a_whole_workspace_in_a_zip_has_its_katas_found_and_the_courses_solutions_passed_over(tmp_path):
    kata = COURSE["multiply"]
    entries = [
        (f"w/{kata.place}/multiply.py", RIGHT),
        ("w/solutions/multiply.py", b"1"),
        ("__MACOSX/multiply.py", b"2"),
    ]
    pack(tmp_path / "in" / "ada.zip", *entries)
    assert read(tmp_path / "in") == {"ada": ("multiply", RIGHT, "")}


def test_a_zip_that_names_nobody_and_holds_no_answer_is_skipped(tmp_path):
    pack(tmp_path / "in" / "papers.zip", ("paper.pdf", b"x"))
    pack(tmp_path / "in" / "ada.zip", ("multiply.py", RIGHT))
    found = read_submissions(tmp_path / "in", COURSE)
    assert found.skipped == ["papers.zip"]
    assert [s.student for s in found.submissions] == ["ada"]


@pytest.mark.parametrize(
    "name", ["../multiply.py", "/multiply.py", "a/../../multiply.py", "..\\multiply.py", "C:\\multiply.py"]
)
def test_a_name_that_leads_outside_refuses_the_whole(tmp_path, name):
    pack(tmp_path / "in" / "ada.zip", (name, RIGHT))
    assert read(tmp_path / "in")["ada"][2].startswith("ada.zip holds a name that leads outside of it.")


@pytest.mark.rest
def test_a_bomb_is_read_as_far_as_an_answer_may_be_long(tmp_path):
    pack(tmp_path / "in" / "ada.zip", ("multiply.py", b"#" * (64 << 20)))
    assert read(tmp_path / "in")["ada"][1:] == (None, "multiply.py is larger than 256 KB. Hand in the program alone.")


def test_many_that_are_large_together_are_too_much(tmp_path):
    bombs = [(f"{n}/multiply.py", b"#" * (3 << 20)) for n in range(8)]
    pack(tmp_path / "in" / "ada.zip", *bombs)
    assert "unpacks to more than 16 MB" in read(tmp_path / "in")["ada"][2]


def test_too_many_files_are_counted_and_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_FILES", 20)
    pack(tmp_path / "in" / "ada.zip", *[(f"{n}.txt", b"") for n in range(21)])
    assert read(tmp_path / "in")["ada"][2] == "ada.zip holds more than 20 files. Hand in the programs alone."


def test_a_giant_is_not_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 100)
    pack(tmp_path / "in" / "ada.zip", ("multiply.py", RIGHT))
    assert "is larger than" in read(tmp_path / "in")["ada"][2]


def test_a_link_in_a_zip_is_not_followed(tmp_path):
    link = zipfile.ZipInfo("multiply.py")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    pack(tmp_path / "in" / "ada.zip", (link, "/etc/passwd"))
    assert "multiply.py is a symbolic link, which is not followed." in read(tmp_path / "in")["ada"][2]


def test_a_folder_that_is_a_link_in_a_zip_is_told_as_one(tmp_path):
    link = zipfile.ZipInfo("work")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    pack(tmp_path / "in" / "ada" / "a.zip", (link, "/etc"))
    assert read(tmp_path / "in")["ada"][2] == f"No file is named as a kata. It holds: ada/a.zip/work{A_LINK}"


@pytest.mark.parametrize("name", ["work.zip", "work"])
def test_a_zip_or_a_folder_that_is_a_link_is_not_followed_and_told_as_one(tmp_path, name):
    pack(tmp_path / "secret", ("multiply.py", RIGHT))
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "in" / "ada" / name).symlink_to(tmp_path / "secret")
    assert read(tmp_path / "in")["ada"][1:] == (None, f"No file is named as a kata. It holds: {name}{A_LINK}")


def test_a_file_many_folders_down_is_found_and_of_one_too_deep_it_is_told(tmp_path):
    pack(tmp_path / "in" / "ada.zip", ("a/b/c/d/e/f/g/multiply.py", RIGHT))
    pack(tmp_path / "in" / "bob" / "work.zip", ("a/" * 21 + "multiply.py", RIGHT))
    pack(tmp_path / "in" / "carl" / "work.zip", ("solutions/multiply.py", RIGHT), ("__MACOSX/multiply.py", b""))
    hand_in(tmp_path / "in", "dora/" + "a/" * 7, multiply=RIGHT)
    hand_in(tmp_path / "in", "eve/" + "a/" * 21, multiply=RIGHT)
    found = read(tmp_path / "in")
    assert found["ada"][1] == found["dora"][1] == RIGHT
    too_deep, place = "(more than 20 folders deep: hand it in higher up)", "/".join("a" * 21)
    closed = "No file is named as a kata. Not looked into:"
    assert found["bob"][2] == f"{closed} bob/work.zip/{place} {too_deep}"
    assert found["eve"][2] == f"{closed} {place} {too_deep}"
    assert found["carl"][2] == f"{closed} carl/work.zip/solutions"


@pytest.mark.parametrize("kind", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_kinds_that_may_ask_for_much_memory_are_not_read(tmp_path, kind):
    pack(tmp_path / "in" / "ada.zip", ("multiply.py", RIGHT), kind=kind)
    assert "packed in a way that is not read" in read(tmp_path / "in")["ada"][2]


def test_a_locked_file_says_so(tmp_path):
    path = pack(tmp_path / "in" / "ada.zip", ("multiply.py", RIGHT))
    content = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + place] |= 1
    path.write_bytes(content)
    assert "is locked by a password" in read(tmp_path / "in")["ada"][2]


@pytest.mark.parametrize("spoil", [lambda b: b"", lambda b: b[:-30], lambda b: b[:20] + b"\xff" * 30 + b[50:]])
def test_what_is_broken_is_refused_with_a_sentence(tmp_path, spoil):
    path = pack(tmp_path / "a.zip", ("multiply.py", RIGHT))
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(RefusedError, match="Hand in the files themselves"):
        list(members(path, (".py",), MOST_BYTES))


def test_a_zip_in_a_zip_is_named_and_left_packed(tmp_path):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as whole:
        whole.writestr("multiply.py", RIGHT)
    pack(tmp_path / "in" / "ada" / "a.zip", ("b.zip", inner.getvalue()))
    assert read(tmp_path / "in")["ada"][2] == "No file is named as a kata. It holds: ada/a.zip/b.zip"
