"""A notebook as a program: its definitions, and none of what is only tried out."""

import json
import sys

import pytest

from handgrad.demos.grading.submissions.notebook import name_cells, program
from handgrad.demos.grading.submissions.reading import read_submissions
from handgrad.demos.grading.submissions.safe_files import RefusedError
from tests.demos.grading.classes import COURSE, RIGHT


def notebook(*cells):
    return json.dumps({"cells": [{"cell_type": "code", "source": source} for source in cells], "nbformat": 4}).encode()


def test_definitions_are_kept_in_their_order_and_trials_are_not():
    text, cells = program(
        notebook(
            "%matplotlib inline\n!pip install x\nimport math",
            ["RULES = {'+': lambda a: f(a)}\n", "print(RULES)\n", "@staticmethod\n", "def f(a):\n", "    return a\n"],
            "loss = f(3)\nplot(loss)\nfor i in range(3): f(i)",
            "class A:\n    x = 1",
        )
    )
    assert text.decode() == (
        "import math\n\nRULES = {'+': lambda a: f(a)}\n\n"
        "@staticmethod\ndef f(a):\n    return a\n\nclass A:\n    x = 1\n"
    )
    assert cells == (1, 2, 2, 2, 2, 2, 2, 4, 4, 4)


def test_a_cell_that_is_no_python_is_kept_so_that_its_error_is_told():
    assert program(notebook("def f(:\n    pass")).content == b"def f(:\n    pass\n"
    assert b"def f(:" in program(notebook("%time\ndef f(:\n    pass")).content


def test_text_cells_are_nothing():
    cells = {"cells": [{"cell_type": "markdown", "source": "import os"}]}
    assert program(json.dumps(cells).encode()).content == b"\n"


BACKWARD = RIGHT.decode()
WITH_MAGICS = {
    "a line": [f"%matplotlib inline\n!pip install x\n{BACKWARD}"],
    "a shell's answer": [f"names = !ls *.py\n{BACKWARD}"],
    "a magic's answer": [f"{BACKWARD}t = %timeit -o backward(1, 2, 3)\n"],
    "a question": [f"{BACKWARD}backward?\n?backward\nbackward??\n"],
    "a call in between": [f"import math\n!ls {{math.pi}}\n%env A=1\n{BACKWARD}%timeit \\\n  math.sin(1)\n"],
    "indented": [f"if True:\n    %time math\n    !ls\n{BACKWARD}"],
    "in a function": [BACKWARD.replace("    y.grad = 1.0", "    %pdb off\n    !ls\n    y.grad = 1.0")],
    "a cell that is timed": [f"%%time\n{BACKWARD}"],
    "a cell that is captured and timed": [f"\n\n%%capture\n%%time\n!ls\n{BACKWARD}"],
    "a cell that is its file": [f"%%writefile multiply.py\n{BACKWARD}"],
    "a page": ["%%html\n<b>def</b> backward(:", BACKWARD],
    "a script": ["%%bash\nfor i in 1 2; do echo $i; done", BACKWARD],
    "a file of another kind": ["%%writefile notes.txt\nWhat I did: nothing.", BACKWARD],
    "a shell's cell": ["%%!\nls -l | wc", BACKWARD],
    "a lesson's prompt": ["".join(f">>> {line}\n" for line in ["x = 1", "y = x"]), BACKWARD],
}


class Node:
    def __init__(self, data):
        self.data, self.grad = data, None


def is_right(text):
    names = {}
    exec(text, names)
    a, b, y = Node(2.0), Node(3.0), Node(6.0)
    names["backward"](a, b, y)
    return (y.grad, a.grad, b.grad) == (1.0, 3.0, 2.0)


@pytest.mark.parametrize("cells", WITH_MAGICS.values(), ids=WITH_MAGICS)
def test_what_is_ipythons_own_costs_no_marks(cells):
    assert is_right(program(notebook(*cells)).content)


def test_a_message_names_the_cell_in_place_of_a_line_that_the_notebook_does_not_have():
    text, cells = program(notebook("x = 1", "print(x)", "def f():\n    return x"))
    assert text.decode().splitlines()[2:] == ["def f():", "    return x"]
    assert name_cells("add.py, line 4: return x\nNameError: x", "add.py", cells) == "cell 3: return x\nNameError: x"
    assert name_cells('  File "add.py", line 1\n    x =', "add.py", cells) == "  cell 1\n    x ="
    other = "madd.py, line 1; add.py, line 99; add.py is empty"
    assert name_cells(other, "add.py", cells) == other


@pytest.fixture
def no_ipython(monkeypatch):
    monkeypatch.setitem(sys.modules, "IPython.core.inputtransformer2", None)


def test_without_ipython_lines_of_its_own_are_left_out_all_the_same(no_ipython):
    assert is_right(program(notebook(f"%matplotlib inline\n!ls\n{BACKWARD}")).content)
    assert b"def f(:" in program(notebook("def f(:\n    pass")).content


def test_without_ipython_a_cell_that_it_alone_reads_is_refused_and_says_what_is_missing(no_ipython):
    with pytest.raises(RefusedError, match=r"cell 2\. .*not installed .* pip install ipython"):
        program(notebook(BACKWARD, "names = !ls"))


def test_a_notebook_that_would_keep_ipython_busy_for_hours_is_refused_at_once():
    with pytest.raises(RefusedError, match=r"Hand in a \.py file"):
        program(notebook("!ls\n" * 2000 + f"x = '{'a' * 4000}'"))


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"cells": 3}', b'{"cells": [{}]}', b"[" * 100_000])
def test_what_is_no_notebook_is_refused(content):
    with pytest.raises(RefusedError, match="no notebook that can be read"):
        program(content)


def test_a_notebook_named_as_a_kata_is_an_answer(tmp_path):
    (tmp_path / "in" / "ada").mkdir(parents=True)
    (tmp_path / "in" / "ada" / "multiply.ipynb").write_bytes(notebook(RIGHT.decode(), "backward(1, 2, 3)"))
    (tmp_path / "in" / "bob_multiply.ipynb").write_bytes(b"{")
    ada, bob = read_submissions(tmp_path / "in", COURSE).submissions
    assert b"def backward" in ada.content
    assert b"backward(1, 2, 3)" not in ada.content
    assert bob.problem.startswith("bob_multiply.ipynb is no notebook")
