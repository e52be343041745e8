"""What becomes of an answer where its tests run: the error, the place, the words."""

import tempfile

import pytest

from handgrad.demos.katas.judging.judge import judge

ERRORS = [
    ("x = [", "SyntaxError"),
    ("1 / 0", "line 1: 1 / 0\nZeroDivisionError"),
    ("import nonsense_here", "ModuleNotFoundError"),
    ("def other(): pass", "mine.py has no function mine."),
    ("import os\nos.remove(__file__)", "mine.py has no function mine."),
    ("from mine import other", "line 1: from mine import other\nImportError: cannot import name 'other'"),
    ("import sys\nsys.exit(0)", "asked to exit"),
    ("import os\nos._exit(0)", "ended the whole program"),
    ("def mine(*nodes):\n    import os\n    os._exit(0)", "ended the whole program"),
    ("raise KeyboardInterrupt", "ended the whole program"),
    ("while True:\n    print('spam' * 1000)", "without end"),
    ("def mine(*nodes):\n    nodes[0].wrong = 1", "line 2"),
    ("def mine():\n    pass", "takes 0 positional arguments"),
    ("def mine(a, b, product, L):\n    L.backward()", "done by hand"),
    ("from handgrad import gradients\ndef mine(a, b, product, L):\n    gradients(L)", "done by hand"),
    ("def mine(*nodes):\n    nodes[0].data = 3.0", "stale"),
    (b"\xff\xfe\n\0", "mine.py is not UTF-8 (it looks like UTF-16): save it as UTF-8."),
    ("def mine(): pass".encode("utf-16-le"), "mine.py is not UTF-8 (it looks like UTF-16): save it as UTF-8."),
    ("x = 'caf\xe9'\n".encode("latin-1"), "SyntaxError"),
    ("", "mine.py is empty."),
    ("\n  \n", "mine.py is empty."),
]


@pytest.mark.parametrize(("text", "said"), ERRORS)
def test_answer_that_breaks_is_an_error_that_says_where(text, said, kata, warm, answer):
    verdict = judge(kata, answer(text), run=warm.run)
    assert (verdict.status, said in verdict.message) == ("error", True), verdict
    assert tempfile.gettempdir() not in verdict.message


def test_answer_cannot_reach_the_tests_or_itself(kata, warm, answer):
    text = (
        "import pathlib\n"
        "for path in pathlib.Path('.').glob('test_*.py'):\n"
        "    path.write_text('def test_nothing(): pass')\n"
        "pathlib.Path(__file__).write_text('gone')\n"
    )
    path = answer(text)
    before = kata.test.read_bytes()
    judge(kata, path, run=warm.run)
    assert kata.test.read_bytes() == before
    assert path.read_text(encoding="utf-8") == text
