"""What `probe` finds in the rules of somebody's engine, and where it is silent."""

import functools
import random

import pytest
from micrograd.engine import Value as Micrograd
from micrograd.nn import MLP

from handgrad import Status, probe

from .cases import MUL, RULES, THEIRS, build_of, from_file, load

SINGLE = ("class Tensor", "dtype=np.float64", "dtype=np.float32")
UNREAD = {"__init__", "makers"}
"""What is no engine, or one whose nodes do not know their operands once they are made."""
ENGINES = sorted({path.stem for path in THEIRS.glob("*.py")} - UNREAD)


def of(case):
    return f"{case.module}: {case.after}: {case.new.strip().splitlines()[0] if case.new else 'nothing'}"


@pytest.mark.drawn(3, rest=8)
@pytest.mark.parametrize("is_built", [True, False])
@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_that_is_right_gives_no_cause(engine, is_built):
    program = load(engine).program
    comparison = probe(build_of(program) if is_built else build_of(program)())
    assert comparison.ok, str(comparison)
    assert comparison.causes == comparison.wrong == ()
    if is_built:  # a finished graph does not tell what each of its operations is
        assert comparison.remark == ""
        assert comparison.counts[Status.CORRECT] >= 5


def test_unmodified_micrograd_gives_no_cause():
    random.seed(3)
    net = MLP(3, [4, 4, 1])
    loss = sum((net(x) - y) ** 2 for x, y in (([1.0, -2.0, 3.0], 1.0), ([0.5, 0.1, -0.7], -1.0)))
    loss.backward()
    assert probe(loss).ok


@pytest.fixture(scope="module")
def probed(tmp_path_factory):
    """What is found in the engine of a case and where that stands, looked for once."""

    @functools.cache
    def probed(case):
        folder = tmp_path_factory.mktemp("theirs")
        return probe(case.build(folder)), folder

    return probed


@pytest.mark.drawn(1, rest=6)
@pytest.mark.parametrize("case", RULES, ids=of)
def test_a_wrong_rule_is_placed_on_its_line_and_named(case, probed):
    comparison, folder = probed(case)
    assert not comparison.ok
    assert comparison.causes
    for cause in comparison.causes:
        file, line, text = cause.source
        assert file == str(folder / f"{case.module}.py")
        assert (line, text) in case.wrong_lines.items()
        assert cause.slip.kind == case.kind
        assert f"{case.module}.py:{line}" in cause.note


@pytest.mark.drawn(1, rest=6)
@pytest.mark.parametrize("case", RULES, ids=of)
def test_one_wrong_line_is_one_cause(case, probed):
    assert len(probed(case)[0].causes) == 1


@pytest.mark.rest(of=3)
def test_a_rule_that_is_right_in_this_graph_alone_is_wrong_all_the_same(tmp_path):
    engine = load("closures", tmp_path, ("def relu", "out.data > 0", "out.data >= 0"))
    found = probe(build_of(lambda: engine.Value(2.0).relu()))
    (cause,) = found.causes
    assert cause.actual == cause.expected == 1.0
    assert cause.source.text == "self.grad += (out.data >= 0) * out.grad"
    assert cause.note.endswith("The number here is right all the same: nothing in this graph shows it.")
    assert "WRONG" not in str(found)


def test_an_assignment_is_found_though_no_node_is_used_twice(tmp_path):
    engine = load("closures", tmp_path, (MUL, "other.grad +=", "other.grad ="))
    root = engine.Value(2.0) * engine.Value(-3.0)
    root.backward()
    (cause,) = probe(root).causes
    assert cause.slip.kind == "overwrites"
    assert "assigned (=), not added (+=)" in cause.note


@pytest.mark.rest(of=3)
def test_what_belongs_to_both_operands_and_goes_to_one_is_told_so(tmp_path):
    engine = load("closures", tmp_path, (MUL, "other.grad +=", "self.grad +="))
    a, b = engine.Value(2.0, label="a"), engine.Value(-3.0, label="b")
    root = a * b
    root.backward()
    (cause,) = probe(root).causes
    assert "what belongs to b is added to a" in cause.note
    assert cause.source.text == "self.grad += self.data * out.grad"


def test_a_wrong_slope_is_not_fixed_in_the_code_that_right_rules_share(tmp_path):
    engine = load("factories", tmp_path, ("cos = ", "-math.sin(x)", "math.sin(x)"))
    found = probe(build_of(engine.program))
    (cause,) = found.causes
    assert cause.source.text == "cos = unary(math.cos, lambda x: math.sin(x))"
    assert "+cos = unary(math.cos, lambda x: -math.sin(x))" in found.patch.splitlines()


@pytest.mark.rest(of=3)
def test_two_wrong_lines_are_two_causes(tmp_path):
    engine = load(
        "closures",
        tmp_path,
        ("def tanh", "self.grad += (1 - t**2) * out.grad", "self.grad = 1 - t**2 * out.grad"),
        ("def __neg__", "-out.grad", "out.grad"),
    )
    causes = {cause.source.text: cause.slip for cause in probe(build_of(engine.program)).causes}
    assert set(causes) == {"self.grad = 1 - t**2 * out.grad", "self.grad += out.grad"}
    assert causes["self.grad = 1 - t**2 * out.grad"].kind == "rule"


def test_what_is_too_small_to_change_a_sum_is_not_missed(tmp_path):
    engine = load("closures", tmp_path, (MUL, "self.grad += other.data", "self.grad += 2 * other.data"))
    x = engine.Value(2.0)
    root = x * (x * engine.Value(0.5) + 1e20)
    root.backward()
    (cause,) = probe(root).causes
    assert cause.source.text == "self.grad += 2 * other.data * out.grad"


def test_a_wrong_number_that_is_0_by_chance_is_placed_on_its_own_line(tmp_path):
    engine = load("closures", tmp_path, (MUL, "other.data * out.grad", "other.data + out.grad"))
    a, b = engine.Value(0.5), engine.Value(3.0)
    root = a * b * engine.Value(-1.0) + a * b
    root.backward()
    assert {cause.source.text for cause in probe(root).causes} == {"self.grad += other.data + out.grad"}


@pytest.mark.rest(of=3)
def test_a_rule_that_is_right_for_one_exponent_alone_is_found_by_another(tmp_path):
    engine = load("closures", tmp_path, ("def __pow__", "other * self.data ** (other - 1)", "2 * self.data"))
    x = engine.Value(1.7)
    root = x**3 + x**2
    root.backward()
    (cause,) = probe(root).causes
    assert cause.source.text == "self.grad += 2 * self.data * out.grad"


def test_a_tie_where_both_slopes_are_right_is_no_mistake():
    engine = load("functions")
    x = engine.Tensor([[0.0, -1.0], [2.0, 0.0]])
    root = (x.relu() * x.relu() + x.relu()).sum()
    root.backward()
    assert x.grad[0, 0] == 1.0  # its rule asks for x >= 0
    assert probe(root).ok


@pytest.mark.rest(of=3)
def test_single_precision_is_judged_as_such(tmp_path):
    engine = load("tensors", tmp_path, SINGLE)
    root = engine.program()
    root.backward()
    assert root.grad.dtype.name == "float32"
    assert probe(root).ok


@pytest.mark.rest(of=3)
def test_a_wrong_factor_in_single_precision_is_found(tmp_path):
    engine = load(
        "tensors",
        tmp_path,
        SINGLE,
        ("def mean", " / self.data.size", ""),
    )
    root = engine.program()
    root.backward()
    causes = probe(root).causes
    assert [cause.slip.kind for cause in causes] == ["factor"]
    assert causes[0].source.text.endswith("np.ones_like(self.data) * out.grad")


def test_an_operand_without_requires_grad_is_not_asked_for(tmp_path):
    old = "other.grad = other.grad + self.data.T @ out.grad"
    new = f"if other.requires_grad:\n                {old}"
    engine = load("tensors", tmp_path, ("def __matmul__", old, new))
    a, w = engine.Tensor([[1.0, 2.0]]), engine.Tensor([[0.5], [-1.5]], requires_grad=False)
    root = (a @ w).sum()
    root.backward()
    comparison = probe(root)
    assert comparison.ok
    assert comparison[w].status is Status.SKIPPED


def test_a_node_that_a_rule_only_reads_is_no_operand(tmp_path):
    new = """def squared_error(self, target):
        out = Value((self.data - target.data) ** 2, (self,), "mse")

        def _backward():
            self.grad += 2 * (self.data - target.data) * out.grad

        out._backward = _backward
        return out

    def exp(self):"""
    engine = load("closures", tmp_path, (MUL, "def exp(self):", new))
    a, target = engine.Value(2.0), engine.Value(0.5)
    root = (a * a).squared_error(target)
    root.backward()
    comparison = probe(root)
    assert comparison.ok
    assert len(comparison) == 3


def test_rules_may_live_in_functions_of_another_module(tmp_path):
    helper = tmp_path / "their_functions.py"
    helper.write_text(
        "import math\n\ndef sine(x, Value):\n    out = Value(math.sin(x.data), (x,), 'sin')\n\n"
        "    def rule():\n        x.grad += math.sin(x.data) * out.grad\n\n    out._backward = rule\n    return out\n",
        "utf-8",
    )
    functions = from_file(helper)
    engine = load("closures")
    root = functions.sine(engine.Value(0.4), engine.Value) * 2.0
    root.backward()
    (cause,) = probe(root).causes
    assert cause.source == (str(helper), 7, "x.grad += math.sin(x.data) * out.grad")
    assert cause.slip.kind == "rule"


def test_names_are_their_labels_or_the_variables_of_the_caller():
    a, second = Micrograd(2.0), Micrograd(-3.0)
    root = a * second
    root.backward()
    comparison = probe(root)
    assert {comparison[a].name, comparison[second].name, comparison[root].name} == {"a", "second", "root"}
    engine = load("closures")
    node = engine.Value(1.0, label="w1")
    out = node * node
    out.backward()
    assert probe(out)[node].name == "w1"


def test_a_number_that_was_typed_is_called_by_itself():
    root = load("closures").Value(1.5) * 2.0 + 0.123456
    root.backward()
    assert {result.name for result in probe(root)} == {"root", "1.5*2", "1.5", "2", "leaf in root"}
