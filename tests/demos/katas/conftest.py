"""What the tests of the katas share."""

import pytest

from handgrad.demos.katas.authoring import wrong_answers
from handgrad.demos.katas.authoring.new_kata import make_kata
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.workspace.workspace import start


@pytest.fixture
def kata(tmp_path):
    """A kata as `handgrad new` makes it."""
    return Course(make_kata(tmp_path, "mine")).katas[0]


@pytest.fixture
def answer(tmp_path):
    """Writes an answer, and gives its path: answer(text)."""
    path = tmp_path / "an answer.py"

    def write(text):
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        return path

    return write


@pytest.fixture
def minus(kata, tmp_path):
    """A wrong answer to it, with a minus that does not belong there."""
    path = tmp_path / "minus.py"
    path.write_text(next(text for _, name, text in wrong_answers(kata) if name == "minus"), encoding="utf-8")
    return path


@pytest.fixture
def workspace(tmp_path):
    return start(tmp_path / "my katas", Course())[0]
