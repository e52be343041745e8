"""The expressions of a statement, and what there is to put in their place."""

import ast

from handgrad.repair.places import Material, factors_in, names_in, places_of, unread_in


def places(text, names=("a", "b")):
    return {
        place.text: place
        for place in places_of(ast.parse(text).body[0], Material(names, {"y": {(3, 2)}, "a": {(2,)}, "b": {(5,)}}))
    }


def test_a_factor_may_be_missing_at_a_term_and_not_at_a_factor():
    found = places("y = a * b + c")
    assert found["a * b + c"].is_root
    assert found["a * b"].is_term
    assert not found["a"].is_term


def test_what_stands_in_an_index_is_told_apart():
    found = places("y[i + 1] = x[t]")
    assert found["t"].is_index
    assert found["i + 1"].is_index
    assert not found["x"].is_index


def test_a_method_is_the_function_of_the_same_name():
    call = places("y = (a + b).sum(axis=0)")["(a + b).sum(axis=0)"].call("sum")
    assert (call.name, call.arrays) == ("sum", ["a + b"])


def test_an_array_of_another_shape_does_not_go_with_it():
    assert places("y = x", ["a", "b", "unknown"])["x"].things("partners") == ["a", "unknown"]


def test_names_are_variables_attributes_and_entries():
    function = ast.parse(
        "def f(self, dout, cache):\n    x = cache['x']\n    return np.exp(x) @ self.W.T + helper(dout)"
    )
    assert set(names_in(function)) == {"x", "cache", "cache['x']", "self.W", "dout"}


def test_what_is_never_read_is_told_with_the_indices_of_others():
    found = unread_in(ast.parse("def f(q):\n    delta = q.sum()\n    return (q / 2)[i:j]"))
    assert found[:2] == ["delta", "delta[i:j]"]
    assert "delta[i:j, None]" in found


def test_a_forward_scales_by_roots_telling_constants_and_names_from_outside():
    forward = ast.parse("def f(x, d):\n    y = MASK * x\n    return 0.3 * y / np.sqrt(d) * 2.0")
    assert set(factors_in(forward)) == {"0.3", "np.sqrt(d)", "MASK"}


def test_what_is_no_expression_by_itself_is_no_place():
    statement = ast.parse("return (*grads, x[1:n])").body[0]
    texts = {place.text for place in places_of(statement, Material(["x"], {}))}
    assert {"grads", "n"} & texts
    assert not {"*grads", "1:n"} & texts


def test_what_says_where_a_call_adds_is_an_index():
    for text in ("np.add.at(y, i + 1, a)", "y.index_add_(0, i + 1, a)", "y.scatter_add_(1, i + 1, a)"):
        found = places(text)
        assert (found["i + 1"].is_index, found["i"].is_index, found["a"].is_index) == (True, True, False), text


def test_what_a_generator_is_put_into_is_none_of_what_it_may_read():
    """`node.args.extend(x for x in node.args)` is without end."""
    assert "work" not in places("work.extend((one, False) for one in node.args)")
    assert "work" in places("work.extend([one for one in node.args])")


def test_what_is_only_taken_apart_is_at_hand_in_no_place():
    code = "def turn(carry, W):\n    term, total = carry\n    return term @ W, total + term\n"
    assert {*names_in(ast.parse(code))} == {"W", "term", "total"}


def test_an_endless_iterator_is_put_in_no_place_as_to_search_it_would_never_end():
    code = "seen, ids = set(), itertools.count()\nturns = cycle(parts)\nif key not in seen:\n    total = len(ids)"
    names = names_in(ast.parse(code))
    assert {"seen", "key", "total"} <= set(names)
    assert not {"ids", "turns"} & set(names)
