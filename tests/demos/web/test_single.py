"""The site, or one sheet, as one file."""

import base64
import gzip
import json
import re
import shutil

import pytest

from handgrad.demos.katas.course import Course
from handgrad.demos.web import single as room
from handgrad.demos.web import site
from handgrad.demos.web.handout import handout
from handgrad.demos.web.single import write_single
from handgrad.demos.web.site import SiteError

BUILT = {
    "alone.js": b"main('</script>');",
    "app.css": b"p { color: red }",
    "python.wasm": b"\0wasm",
    "library.zip": b"library",
}


@pytest.fixture
def course(tmp_path):
    """One kata of numbers and one of arrays."""
    for name in ("add", "embedding"):
        shutil.copytree(Course()[name].folder, tmp_path / "course" / "1_one" / f"1_{name}")
    return Course(tmp_path / "course")


@pytest.fixture(autouse=True)
def parts(monkeypatch):
    """Parts as node would build them."""
    monkeypatch.setattr(site, "build", lambda archive: BUILT)


def packed(text):
    """What is packed into the file, by name."""
    blocks = re.findall(r'<script type="text/plain" id="asset ([\w.]+)">([\w+/=]*)</script>', text)
    return {name: gzip.decompress(base64.b64decode(data)) for name, data in blocks}


def facts(text):
    return json.loads(re.search(r'id="site">(.*?)</script>', text)[1])


@pytest.mark.rest(of=3)
def test_the_course_goes_along_without_the_katas_that_need_numpy(course, tmp_path):
    size = write_single(tmp_path / "out.html", course)
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert (tmp_path / "out.html").stat().st_size == size
    found = packed(text)
    assert {"python.wasm", "library.zip", "course.json"} <= found.keys()
    assert [kata["name"] for kata in json.loads(found["course.json"])["katas"]] == ["add"]
    assert found["python.wasm"] == b"\0wasm"
    assert not found.keys() & {
        "app.js",
        "alone.js",
        "editor.js",
        "check.js",
        "app.css",
    }  # as they are
    assert "<style>p { color: red }</style>" in text
    sizes = {name: entry["bytes"] for name, entry in facts(text)["assets"].items()}
    assert sizes.keys() == found.keys()
    assert sizes["python.wasm"] == len(gzip.compress(b"\0wasm", 6, mtime=0))
    assert facts(text)["given"] == ""
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["out.html"]


@pytest.mark.rest(of=3)
def test_nothing_of_it_is_loaded_from_anywhere(course):
    text = room.single(course)
    rules = dict(r.split(" ", 1) for r in re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1].split("; "))
    assert rules["connect-src"] == "'none'"
    assert rules["default-src"] == "'none'"
    assert re.fullmatch(r"'sha256-\S+' 'sha256-\S+' 'wasm-unsafe-eval'", rules["script-src"])
    # A link to the documents is followed, not loaded.
    assert not re.findall(r'(?:src|<(?!a )[^>]*href)="(?:https?:)?//', text)


@pytest.mark.rest(of=3)
def test_a_hand_out_is_one_sheet_under_its_title_and_leaves_out_what_it_does_without(course):
    text = room.single(course, handout("add", course))
    assert facts(text)["given"] == "kata/add"
    assert f"<title>{facts(text)['title']} - handgrad</title>" in text
    assert "Add" in facts(text)["title"]
    assert "course.json" not in packed(text)
    assert 'aria-label="Pages"' not in text


@pytest.mark.rest(of=3)
def test_a_folder_and_a_place_that_cannot_be_written_are_refused(course, tmp_path):
    with pytest.raises(SiteError, match=r"is a folder. Give a file for the page, such as .*handgrad\.html"):
        write_single(tmp_path, course)
    (tmp_path / "file").write_text("")
    with pytest.raises(SiteError, match="cannot be written"):
        write_single(tmp_path / "file" / "out.html", course)


def test_a_course_of_arrays_alone_has_nothing_to_go_along(course):
    with pytest.raises(SiteError, match="every kata of this course needs NumPy"):
        write_single(course.folder / "out.html", Course(course["embedding"].folder))
