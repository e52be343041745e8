"""What statements read and write."""

import ast

import pytest

from handgrad.demos.debugging.flow import binds, needed_statements, reads, writes


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
    assert [ast.unparse(one) for one in needed_statements({"loss"}, lines)][:2] == ["h = x * w", "loss = h.sum()"]
    assert "print(h)" not in [ast.unparse(one) for one in needed_statements({"loss"}, lines)]


def test_the_names_of_a_comprehension_are_its_own():
    assert binds(statements("a = [x for x, y in pairs]")[0]) == ["a"]
