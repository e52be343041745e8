"""The one sheet that a teacher hands out."""

import pytest

from handgrad import Comparison, HandgradError, Value
from handgrad.demos.katas.course import Course
from handgrad.demos.loading import FileError
from handgrad.demos.web.handout import HandoutError, handout

COURSE = Course()


def test_a_kata_goes_along_by_its_name_with_its_graph():
    found = handout("diamond", COURSE)
    assert found.key == "kata/diamond"
    assert isinstance(found.target.graph, Comparison)
    assert not found.more


def test_a_file_goes_along_itself_beside_the_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text("from handgrad import Value\nL = Value(2.0, 'a') * 3.0\n")
    found = handout("mine.py", COURSE)
    assert found.key == "file/given/mine.py"
    assert found.more == {"given/mine.py": (tmp_path / "mine.py").read_bytes()}
    assert isinstance(found.target.graph, Value)
    assert found.target.graph.data == 6.0


@pytest.mark.parametrize(
    "text",
    [
        "import numpy\nfrom handgrad import Value\nL = Value(2.0) * 3.0\n",
        "from handgrad.arrays import array\nL = array([1.0, 2.0]).sum()\n",
        "import handgrad\nL = handgrad.arrays.array([1.0, 2.0]).sum()\n",  # no import of it, and arrays in the graph
    ],
)
def test_what_needs_numpy_cannot_go_along(text, tmp_path):
    (tmp_path / "mine.py").write_text(text)
    with pytest.raises(HandoutError, match="needs NumPy"):
        handout(str(tmp_path / "mine.py"), COURSE)


def test_neither_can_a_kata_that_does_nor_one_without_a_graph():
    with pytest.raises(HandoutError, match="embedding needs NumPy"):
        handout("embedding", COURSE)
    with pytest.raises(HandgradError, match="slope has no graph"):
        handout("slope", COURSE)


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(FileError, match=r"nowhere\.py"):
        handout(str(tmp_path / "nowhere.py"), COURSE)
