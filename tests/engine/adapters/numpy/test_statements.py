"""What a line of somebody's code gives a value to, changes, and reads."""

import pytest

from handgrad.adapters.numpy.statements import statements_of


@pytest.fixture
def of(tmp_path):
    def statements(text):
        path = tmp_path / "mine.py"
        path.write_text(text, "utf-8")
        return statements_of(str(path))

    return statements


def test_an_assignment_stores_and_reads(of):
    (one,) = of("dW = x.T @ self.dout").values()
    assert one.stored == (("dW",),)
    assert one.touched == ()
    assert {"x", "T", "self", "dout"} == one.read


@pytest.mark.parametrize(
    ("text", "touched"),
    [
        ("dx[i, j] = 1", [("dx",)]),
        ("dx += 1", [("dx",)]),
        ("self.grads['W'][0] = 1", [("self", "grads")]),
        ("np.add.at(dx, i, g)", [("dx",), ("np", "add")]),
        ("np.exp(x, out=y)", [("y",)]),
    ],
)
def test_what_is_changed_in_place_is_touched(of, text, touched):
    (one,) = of(text).values()
    assert set(touched) <= set(one.touched)
    assert one.stored == ()


def test_every_line_of_a_statement_is_of_it_and_a_body_is_not_its_head_s(of):
    found = of("dx = (\n    a\n    + b\n)\nfor i in x:\n    y = i\n")
    assert {found[line].line for line in (1, 2, 3, 4)} == {1}
    assert found[5].stored == (("i",),)
    assert found[6].stored == (("y",),)


def test_a_return_says_under_which_name_each_part_goes_and_what_is_worked_out_there(of):
    (one,) = of('return {"W": dW, "b": d.sum(0)}').values()
    assert [(part.key, part.is_new) for part in one.returned] == [("W", False), ("b", True)]
    (one,) = of("return dx, x.T @ d").values()
    assert [(part.key, part.is_new) for part in one.returned] == [("dx", False), ("", True)]
    (one,) = of("return dict(W=2 * d)").values()
    assert [part.key for part in one.returned] == ["W"]


def test_a_variable_that_is_handed_on_is_known(of):
    assert of("dz = dout")[1].handed_on == "dout"
    assert of("dz = dout * 1")[1].handed_on == ""


def test_what_is_no_python_has_no_statements(of):
    assert of("def f(:") == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("m = x > 0", True),
        ("m = np.array([1])", True),
        ("m = cache", False),
        ("m, n = cache", False),
        ("m = self.m", False),
        ("m = cache['m']", False),
    ],
)
def test_what_is_only_taken_from_elsewhere_is_not_worked_out(of, text, expected):
    assert of(text)[1].is_worked_out is expected
