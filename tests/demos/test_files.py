"""Files that are written whole, and never over each other."""

import contextlib
import os
from pathlib import Path

import pytest

from handgrad.demos import files
from handgrad.demos.files import (
    FolderTakenError,
    hold_lock,
    same_text,
    set_aside,
    write_folder,
    write_new,
    write_whole,
)


def test_new_file_is_written_where_there_is_none(tmp_path):
    path = tmp_path / "a folder" / "in it" / "a.py"
    write_new(path, b"first")
    with pytest.raises(FileExistsError):
        write_new(path, b"second")
    assert path.read_bytes() == b"first"


def test_copies_set_aside_do_not_overwrite_each_other(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("x", encoding="utf-8")
    assert [set_aside(path, ".bak").name for _ in range(3)] == ["a.py.1.bak", "a.py.2.bak", "a.py.3.bak"]


def test_failed_write_leaves_the_old_file_and_no_part(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(TypeError):
        write_whole(path, "no bytes", scratch=tmp_path)
    assert path.read_text(encoding="utf-8") == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.json"]


def test_a_write_replaces_what_is_there_and_makes_the_folders_that_are_missing(tmp_path):
    path, scratch = tmp_path / "a" / "b" / "c.json", tmp_path / "d" / "e"
    for content in (b"first", b"second"):
        write_whole(path, content, scratch=scratch)
        assert path.read_bytes() == content
    assert list(path.parent.iterdir()) == [path]
    assert list(scratch.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="modes")
def test_what_is_written_others_may_read(tmp_path):
    path = tmp_path / "a.json"
    write_whole(path, b"x", scratch=tmp_path)
    assert path.stat().st_mode & 0o777 == 0o644


def test_until_all_is_written_it_lies_as_a_part_in_the_scratch_folder(tmp_path, monkeypatch):
    parts, scratch = [], tmp_path / "scratch"
    monkeypatch.setattr(os, "replace", lambda part, path: parts.append((Path(part), Path(part).read_bytes(), path)))
    write_whole(tmp_path / "a.json", b"whole", scratch=scratch)
    ((part, content, path),) = parts
    assert (part.parent, content, path) == (scratch, b"whole", tmp_path / "a.json")
    assert part.name.startswith("part-")  # by which whoever owns the folder clears it


def test_only_what_is_to_last_waits_for_the_disk(tmp_path, monkeypatch):
    waits = []
    monkeypatch.setattr(os, "fsync", waits.append)
    write_whole(tmp_path / "a.json", b"x", scratch=tmp_path, is_lasting=False)
    assert not waits
    write_whole(tmp_path / "a.json", b"x", scratch=tmp_path)
    assert len(waits) == 1


def test_texts_that_differ_only_in_their_line_ends_are_the_same():
    assert same_text(b"a\r\nb\n", b"a\nb\r\n")
    assert not same_text(b"a\nb\n", b"a\nb")


def test_a_lock_is_held_until_the_end_of_its_block(tmp_path):
    fcntl = pytest.importorskip("fcntl")
    path = tmp_path / "folder" / "in it" / "lock"
    with hold_lock(path), path.open("ab") as other, pytest.raises(BlockingIOError):
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with path.open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)


@pytest.mark.parametrize("write", [write_new, lambda path, content: write_whole(path, content, scratch=path.parent)])
def test_a_full_disk_leaves_nothing_half_and_the_error_names_the_file(tmp_path, full_disk, write):
    path = tmp_path / "a.py"
    with full_disk(), pytest.raises(OSError, match="too large") as caught:
        write(path, b"x" * 10_000)
    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_written_again_loses_what_is_no_longer_its_own_and_nothing_else(tmp_path):
    write_folder(tmp_path / "out", {"a.txt": b"1", "in/b.txt": b"2"}, "mark.json", "a thing")
    (tmp_path / "out" / "mine.txt").write_text("mine", encoding="utf-8")
    write_folder(tmp_path / "out", {"a.txt": b"3"}, "mark.json", "a thing")
    names = sorted(p.relative_to(tmp_path / "out").as_posix() for p in (tmp_path / "out").rglob("*.*"))
    assert names == ["a.txt", "mark.json", "mine.txt"]
    assert (tmp_path / "out" / "a.txt").read_bytes() == b"3"


def test_a_list_of_files_leads_nowhere_else(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "outside.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "out" / "mark.json").write_text('{"files": ["../outside.txt", "/etc/passwd"]}', encoding="utf-8")
    write_folder(tmp_path / "out", {"a.txt": b"1"}, "mark.json", "a thing")
    assert (tmp_path / "outside.txt").is_file()


@pytest.mark.parametrize("content", [None, "{", '{"files": 3}'])
def test_a_folder_that_holds_something_else_is_not_written_to(tmp_path, content):
    (tmp_path / "other.txt").write_text("mine", encoding="utf-8")
    if content is not None:
        (tmp_path / "mark.json").write_text(content, encoding="utf-8")
    with pytest.raises(FolderTakenError, match="holds something else than a thing"):
        write_folder(tmp_path, {"a.txt": b"1"}, "mark.json", "a thing")
    assert not (tmp_path / "a.txt").exists()


@pytest.mark.parametrize(
    ("busy", "content"), [(0, b"new"), (len(files.PAUSES), b"new"), (len(files.PAUSES) + 1, b"old")]
)
def test_on_windows_a_file_that_is_being_read_is_replaced_a_little_later(busy, content, tmp_path, monkeypatch):
    path, replace, tries = tmp_path / "a.json", os.replace, []
    path.write_bytes(b"old")

    def replace_when_free(part, target):
        tries.append(part)
        if len(tries) <= busy:
            raise PermissionError(13, "in use")
        replace(part, target)

    monkeypatch.setattr(files.sys, "platform", "win32")
    monkeypatch.setattr(files.time, "sleep", lambda _: None)
    monkeypatch.setattr(os, "replace", replace_when_free)
    with contextlib.nullcontext() if content == b"new" else pytest.raises(PermissionError):
        write_whole(path, b"new", scratch=tmp_path)
    assert path.read_bytes() == content
    assert [one.name for one in tmp_path.iterdir()] == ["a.json"]
