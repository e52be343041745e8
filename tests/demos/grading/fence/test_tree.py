"""The copy of the engine that an answer imports: what works, and what it does not even hold."""

import json
from pathlib import Path

import pytest

import handgrad
from handgrad import Value, ops
from handgrad.demos.grading.fence.tree import TREES, make_tree
from handgrad.local import local_derivatives
from tests.demos.grading.hostile import reads
from tests.demos.programs import run
from tests.operations import BUILT_IN


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """The engines that have less than the whole, to be put on a program's path."""
    top = tmp_path_factory.mktemp("trees")
    return {name: make_tree(top / name, allowed) for name, allowed in TREES.items() if allowed is not None}


@pytest.mark.rest
def test_the_barest_engine_works_forward_and_computes_no_gradient(trees):
    program = """
import math
sys.path.insert(0, sys.argv[1])
from handgrad import Value, compare, gradcheck, gradients, label, manual, numeric_gradients
import handgrad.nn.functional as F
from handgrad.graph import topological_order
from handgrad.local import local_derivatives
from handgrad.testing import assert_gradients
from handgrad.comparator import judge
x = Value(0.5, "x")
y = (x * x).tanh() + x.exp() - 2.0 * x.maximum(0.1)
print(y.data == math.tanh(0.25) + math.exp(0.5) - 1.0, [each.op.name for each in y.operands], y.op.rule)
for attempt in (y.backward, lambda: gradcheck(Value.tanh, x), lambda: gradients(y, graph=True), F.cross_entropy,
                *(lambda f=f: f(y) for f in (gradients, compare, numeric_gradients, local_derivatives, judge,
                                             assert_gradients, topological_order))):
    try:
        print(attempt())
    except RuntimeError as error:
        assert "done by hand" in str(error), error
print(y.op._local)
"""
    assert run(program, trees["by-hand"]).splitlines() == ["True ['+', '*'] ()", "None"]


def test_where_rules_may_be_looked_up_there_is_no_gradient_all_the_same(trees):
    program = """
sys.path.insert(0, sys.argv[1])
from handgrad import Value, compare, gradients
from handgrad.autodiff import backward_sweep, local_derivatives
from handgrad.graph import topological_order
y = Value(0.5, "x") * 3.0
print([node.data for node in topological_order(y)], *local_derivatives(y), *y.op.derivatives(0.5, 3.0, 1.5), y.op.rule)
for attempt in (y.backward, lambda: gradients(y), lambda: compare(y), lambda: backward_sweep(y)):
    try:
        print(attempt())
    except RuntimeError as error:
        assert "done by hand" in str(error), error
"""
    assert run(program, trees["with-rules"]) == "[0.5, 3.0, 1.5] 3.0 0.5 3.0 0.5 ()\n"


def test_every_module_of_the_engine_can_be_imported_by_whoever_does_not_use_it(trees):
    engine = Path(handgrad.__file__).parent
    paths = [path.relative_to(engine).with_suffix("") for path in engine.rglob("*.py")]
    names = [".".join(path.parts) for path in paths if path.parts[0] not in ("viz", "demos") and path.name[0] != "_"]
    program = "import importlib\nsys.path.insert(0, sys.argv[1])\n"
    program += f"for name in {names!r}: importlib.import_module(f'handgrad.{{name}}')\n"
    for tree in trees.values():
        run(program, tree)


def of_every_operation():
    """A node of each built-in operation, where no two local derivatives are alike and none is 0 or 1 by chance."""
    a, b, x = 1.7, 2.3, 0.4
    counts = {op: len(op.rule) for op in BUILT_IN}
    return [op(Value(a), Value(b)) if count == 2 else op(Value(x)) for op, count in counts.items()]


@pytest.mark.rest
def test_no_text_that_an_answer_can_reach_in_the_barest_engine_is_a_rule(trees):
    program = """
import json
sys.path.insert(0, sys.argv[1])
from handgrad import Value, ops
space = {}
exec(open(sys.argv[2]).read(), space)
nodes = [getattr(ops, name)(*map(Value, numbers)) for name, numbers in json.loads(sys.argv[3])]
print(json.dumps([space["slopes"](node) for node in nodes]))
"""
    nodes = of_every_operation()
    names = {op: name for name, op in vars(ops).items() if isinstance(op, ops.Op)}
    made = [(names[node.op], [operand.data for operand in node.operands]) for node in nodes]
    found = json.loads(run(program, trees["by-hand"], reads.__file__, json.dumps(made)))
    right = {node.op.name: list(local_derivatives(node)) for node in nodes}
    earned = {name for (name, slopes), given in zip(right.items(), found) if slopes == pytest.approx(given)}
    assert earned == set()
    # The same answer reads them off the whole engine.
    told = {name for node, (name, slopes) in zip(nodes, right.items()) if slopes == pytest.approx(reads.slopes(node))}
    assert len(told) > 20
