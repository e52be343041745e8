"""Progress and answers as a file, between the browser and a folder of katas, by the commands."""

import json

import pytest

from tests.demos.commands import handgrad


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert handgrad("start", ".").exit_code == 0
    return tmp_path


def progress_of(workspace):
    return json.loads((workspace / ".handgrad" / "progress.json").read_text())


FILE = {"version": 1, "passed": ["add"], "hints": {"slope": 2}, "current": "add", "answers": {"add": "# mine\n"}}


def test_what_the_browser_gives_is_taken_over(workspace):
    (workspace / "from_page.json").write_text(json.dumps(FILE))
    found = handgrad("import", "from_page.json")
    assert found.exit_code == 0
    assert "1 kata passed, 1 answer taken over." in found.output
    assert (workspace / "01_white/02_add/add.py").read_text() == "# mine\n"
    assert progress_of(workspace)["passed"] == ["add"]
    assert progress_of(workspace)["hints"] == {"slope": 2}


def test_an_answer_that_was_edited_here_is_kept_beside_it(workspace):
    here = workspace / "01_white/02_add/add.py"
    here.write_text("# here\n")
    (workspace / "from_page.json").write_text(json.dumps(FILE))
    assert "add.py.1.bak" in handgrad("import", "from_page.json").output
    assert here.read_text() == "# mine\n"
    assert here.with_name("add.py.1.bak").read_text() == "# here\n"


def test_what_has_passed_here_stays_passed(workspace):
    (workspace / ".handgrad" / "progress.json").write_text(json.dumps({**FILE, "passed": ["slope"]}))
    (workspace / "from_page.json").write_text(json.dumps(FILE))
    handgrad("import", "from_page.json")
    assert progress_of(workspace)["passed"] == ["add", "slope"]


def test_export_gives_what_import_takes(workspace, tmp_path_factory, monkeypatch):
    (workspace / "01_white/02_add/add.py").write_text("# here\n")
    (workspace / ".handgrad" / "progress.json").write_text(json.dumps({**FILE, "answers": {}}))
    assert handgrad("export", "out.json").exit_code == 0
    given = json.loads((workspace / "out.json").read_text())
    assert given == {**FILE, "answers": {"add": "# here\n"}}
    other = tmp_path_factory.mktemp("other")
    monkeypatch.chdir(other)
    handgrad("start", ".")
    assert handgrad("import", str(workspace / "out.json")).exit_code == 0
    assert (other / "01_white/02_add/add.py").read_text() == "# here\n"


@pytest.mark.parametrize("content", ["", "no", "[]", '{"passed": []}', json.dumps({**FILE, "answers": {"add": 3}})])
def test_a_file_that_is_none_changes_nothing(workspace, content):
    before = (workspace / "01_white/02_add/add.py").read_text()
    (workspace / "from_page.json").write_text(content)
    found = handgrad("import", "from_page.json")
    assert found.exit_code == 2
    assert "holds no progress" in found.output
    assert (workspace / "01_white/02_add/add.py").read_text() == before
