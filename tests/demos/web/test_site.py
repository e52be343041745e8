"""The site as a folder for any static host."""

import hashlib
import json
import re

import pytest

from handgrad.demos.web import site

pytestmark = pytest.mark.rest(of=3)


def policy(folder):
    return re.search(r'Content-Security-Policy" content="([^"]*)"', (folder / "index.html").read_text())[1]


def test_a_page_may_load_nothing_but_its_own_files_and_numpy(site_folder):
    rules = dict(rule.split(" ", 1) for rule in policy(site_folder).split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert rules["style-src"] == "'self'"
    assert rules["worker-src"] == "'self' blob:"  # Python's worker is unpacked by the page
    assert re.fullmatch(r"'self' https://cdn\.jsdelivr\.net/pyodide/v[\d.]+/full/", rules["connect-src"])


def test_nothing_in_the_document_names_a_file_that_is_not_there(site_folder):
    text = (site_folder / "index.html").read_text()
    known = json.loads(re.search(r'id="site">(.*?)</script>', text)[1])["assets"]
    for name in [*(entry["file"] for entry in known.values()), *re.findall(r'(?:src|href)="([\w.-]+)"', text)]:
        assert (site_folder / name).is_file()
    assert all((site_folder / entry["file"]).stat().st_size == entry["bytes"] for entry in known.values())


def test_the_start_page_stands_there_before_any_script_has_run(site_folder):
    text = (site_folder / "index.html").read_text()
    assert "Backpropagation by hand" in text
    assert text.count('class="card') >= 7


def shared(text):
    return dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', text))


def test_a_link_to_the_site_and_one_to_a_riddle_show_each_a_title_and_a_picture_of_its_own(site_folder):
    start, riddle = (shared((site_folder / name).read_text()) for name in ("index.html", "challenge.html"))
    assert start["title"] == "Backpropagation by hand"
    assert riddle["title"] == "I broke one gradient. Can you find it?"
    pictures = {tags["image"].removeprefix("https://example.org/") for tags in (start, riddle)}
    assert len({(site_folder / name).read_bytes()[:8] for name in pictures}) == 1
    assert len({(site_folder / name).read_bytes() for name in pictures}) == 2


def test_a_site_is_replaced_and_nothing_else_is(course, built, tmp_path, monkeypatch):
    beginnings = {name: data[:1000] for name, data in built[1].items()}  # whole, they take seconds to pack, each time
    monkeypatch.setattr(site, "build", lambda archive: beginnings)
    folder = tmp_path / "site"
    site.write_site(folder, course)
    mark = json.loads((folder / site.MARK).read_text())
    (folder / "app-old.js").write_text("")
    (folder / "mine.txt").write_text("")
    (folder / site.MARK).write_text(json.dumps({"files": [*mark["files"], "app-old.js", "../out.txt"]}))
    (tmp_path / "out.txt").write_text("")
    site.write_site(folder, course)
    assert not (folder / "app-old.js").exists()
    assert (folder / "mine.txt").exists()
    assert (tmp_path / "out.txt").exists()


LOCK = {
    "info": {},
    "packages": {
        "numpy": {"file_name": "numpy-2.2-cp314-cp314-wasm32.whl", "sha256": "0", "version": "2.2", "depends": []}
    },
}


@pytest.mark.parametrize("is_folder", [False, True])
def test_a_wheel_of_numpy_lies_in_the_site_and_is_the_one_that_pyodide_loads(tmp_path, is_folder):
    wheel = tmp_path / "numpy-2.3-cp314-cp314-wasm32.whl"
    wheel.write_bytes(b"numbers")
    (tmp_path / "numpy-2.3-cp311-cp311-linux.whl").write_bytes(b"of another Python")
    name, content, lock = site.take_numpy(tmp_path if is_folder else wheel, json.dumps(LOCK).encode())
    assert (name, content) == (wheel.name, b"numbers")
    known = json.loads(lock)["packages"]["numpy"]
    assert (known["file_name"], known["version"], known["depends"]) == (wheel.name, "2.3", [])
    assert known["sha256"] == hashlib.sha256(b"numbers").hexdigest()


def test_a_wheel_of_another_python_is_refused_with_the_one_that_fits(tmp_path):
    wheel = tmp_path / "numpy-2.3-cp311-cp311-linux.whl"
    wheel.write_bytes(b"")
    for place in (wheel, tmp_path):
        with pytest.raises(site.SiteError, match=r"numpy-2\.2-cp314-cp314-wasm32\.whl"):
            site.take_numpy(place, json.dumps(LOCK).encode())


def test_a_site_with_numpy_in_it_asks_nothing_of_another_place(course, built, tmp_path, monkeypatch):
    parts = {**{name: data[:1000] for name, data in built[1].items()}, "lock.json": json.dumps(LOCK).encode()}
    monkeypatch.setattr(site, "build", lambda archive: parts)
    wheel = tmp_path / "numpy-2.2-cp314-cp314-wasm32.whl"
    wheel.write_bytes(b"numbers")
    site.write_site(tmp_path / "out", course, numpy=wheel)
    assert (tmp_path / "out" / wheel.name).read_bytes() == b"numbers"
    assert wheel.name in (tmp_path / "out" / "offline.js").read_text()
    assert "cdn." not in (tmp_path / "out" / "index.html").read_text()
