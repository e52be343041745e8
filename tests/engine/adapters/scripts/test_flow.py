"""What statements read and write."""

import ast

import pytest

from handgrad.adapters.scripts.flow import dependent, needed, reads, writes


def statements(text):
    return ast.parse(text).body


@pytest.mark.parametrize(
    ("text", "read", "written"),
    [
        ("a = b + c", {"b", "c"}, {"a"}),
        ("a += b", {"a", "b"}, {"a"}),
        ("a[i] -= 1", {"a", "i"}, {"a"}),
        ("np.add.at(dW, i, d)", {"np", "dW", "i", "d"}, {"np", "dW", "i", "d"}),
        ("print(loss)", {"print", "loss"}, set()),
        ("grads.append(d)", {"grads", "d"}, {"grads", "d"}),
    ],
)
def test_what_a_statement_reads_and_may_change(text, read, written):
    (statement,) = statements(text)
    assert reads(statement) == read
    assert writes(statement) == written


def test_a_name_needs_what_its_value_is_made_of_and_nothing_else():
    lines = statements("h = x * w\nprint(h)\nloss = h.sum()\ndw = x\nw -= dw")
    assert [ast.unparse(one) for one in needed({"loss"}, lines)][:2] == ["h = x * w", "loss = h.sum()"]
    assert "print(h)" not in [ast.unparse(one) for one in needed({"loss"}, lines)]


def test_what_depends_on_a_parameter_is_told_from_the_data():
    assert dependent({"w"}, statements("h = x * w\nt = x + 1\nloss = h - t")) == {"w", "h", "loss"}
