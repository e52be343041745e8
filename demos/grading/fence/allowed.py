"""What an answer that is done by hand has of the engine: an allow-list of names, and of a class's members.

What is not in it is not in the answer's process: a new file, function or field of the engine is kept from answers
until somebody adds it here.
"""

from __future__ import annotations

from collections.abc import Mapping

Allowed = Mapping[str, str]
"""By file: names, members of classes as "Value.grad", and what an operation is made with as "Op(forward)"; "*" is
all of a file that says nothing of gradients."""


def _list_members(owner: str, members: str) -> str:
    return " ".join([owner, *(f"{owner}.{member}" for member in members.split())])


_VALUE = _list_members(
    "Value",
    "grad label op _data _first _second _rest _mode _visit _scratch __slots__ __init__ data shape is_node operands "
    "is_leaf is_constant initial_grad constant is_manual backward __add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ "
    "__truediv__ __rtruediv__ __pow__ __rpow__ __neg__ __abs__ __pos__ exp expm1 log log1p sqrt sin cos arctan tanh "
    "sigmoid erf relu softplus sign leaky_relu logaddexp maximum minimum __lt__ __le__ __gt__ __ge__ __float__ __int__ "
    "__complex__ __round__ __trunc__ __format__ __repr__",
)
_OPERATIONS = (
    "ADD SUBTRACT MULTIPLY DIVIDE POWER NEGATE ABS SIGN EXP EXPM1 LOG LOG1P LOGADDEXP SQRT SIN COS ARCTAN TANH SIGMOID "
    "ERF RELU SOFTPLUS MAXIMUM MINIMUM LEAKY_RELU leaky_relu sigmoid _logaddexp _sign "
    "Op(name) Op(forward) Op(domain) Op(precedence) "
    + _list_members("Op", "name forward make __slots__ __init__ derivatives __str__ __call__")
)

BY_HAND: Allowed = {
    "__init__.py": "",  # what it imports
    "advice.py": "*",
    "errors.py": "*",
    "manual.py": "*",
    "number.py": "finite_float _plain_float _advice",
    "graph.py": "is_node",
    "names.py": "LONGEST_EXPRESSION LONGEST_NUMBER NO_TEXT name_of expression _text _compose _postfix _wrap label "
    "label_one named_nodes is_object_array",
    "local.py": "no_value",
    "ops.py": _OPERATIONS,
    "value.py": "_new _infix _unary _comparison detaching name_methods fill_slots apply _make_operand "
    "ops.Op.make " + _VALUE,
}
"""What is done by hand: nodes that compute forward, and know what they were made from."""

WITH_RULES: Allowed = {
    **BY_HAND,
    "autodiff.py": "",
    "graph.py": "walking is_node topological_order _next_of_rest",
    "local.py": "no_value local_derivatives",
    "ops.py": f"{_OPERATIONS} Op(derivatives) exp log sin cos tanh _function _power_derivatives step _share_of_larger",
}
"""The same where the local derivatives of the operations may be looked up."""
