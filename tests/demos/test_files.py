"""Files that are written whole, and never over each other."""

import pytest

from handgrad.demos.files import set_aside, write_new, write_whole


def test_new_file_is_written_where_there_is_none(tmp_path):
    path = tmp_path / "folder" / "a.py"
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
