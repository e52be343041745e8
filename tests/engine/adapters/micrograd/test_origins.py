"""The line of a wrong number: where the walk is handed it from, whatever the style of the engine."""

import pytest

from handgrad import probe

from .cases import from_file

PUSHED = """
class Term:
    def __init__(self, x, feeds=()):
        self.x, self.derivative, self.feeds = x, 0.0, feeds

    def push(self, sens=1.0):
        self.derivative += sens
        for term, partial in self.feeds:
            term.push(partial * sens)


def add(a, b):
    return Term(a.x + b.x, ((a, 1.0), (b, 1.0)))


def sub(a, b):
    return Term(a.x - b.x, ((a, 1.0), (b, -1.0)))


def mul(a, b):
    return Term(a.x * b.x, ((a, b.x), (b, a.x)))


def exp(a):
    e = math.exp(a.x)
    return Term(e, ((a, e),))


def build():
    a, b = Term(0.7), Term(-1.3)
    root = sub(mul(exp(a), b), add(mul(a, a), b))
    root.push()
    return root
"""

LISTED = """
LIST = []


class Number:
    def __init__(self, num):
        self.num, self.bar = num, 0.0


def record(num, *entries):
    out = Number(num)
    LIST.append((out, entries))
    return out


def add(a, b):
    return record(a.num + b.num, (a, 1.0), (b, 1.0))


def sub(a, b):
    return record(a.num - b.num, (a, 1.0), (b, -1.0))


def mul(a, b):
    return record(a.num * b.num, (a, b.num), (b, a.num))


def exp(a):
    e = math.exp(a.num)
    return record(e, (a, e))


def sweep(root):
    root.bar = 1.0
    for out, entries in reversed(LIST):
        for operand, partial in entries:
            operand.bar += partial * out.bar


def build():
    LIST.clear()
    a, b = Number(0.7), Number(-1.3)
    root = sub(mul(exp(a), b), add(mul(a, a), b))
    sweep(root)
    return root
"""

PLAYED = """
class Var:
    __slots__ = ("v", "g")

    def __init__(self, v):
        self.v, self.g = v, 0.0


class Tape:
    def __init__(self):
        self.steps = []

    def run(self, root):
        root.g = 1.0
        for step in reversed(self.steps):
            step()


def acc(var, amount):
    var.g += amount


def add(t, a, b):
    out = Var(a.v + b.v)
    t.steps.append(lambda: (acc(a, out.g), acc(b, out.g)))
    return out


def sub(t, a, b):
    out = Var(a.v - b.v)
    t.steps.append(lambda: (acc(a, out.g), acc(b, -out.g)))
    return out


def mul(t, a, b):
    out = Var(a.v * b.v)
    t.steps.append(lambda: (acc(a, out.g * b.v), acc(b, out.g * a.v)))
    return out


def exp(t, a):
    out = Var(math.exp(a.v))
    t.steps.append(lambda: acc(a, out.g * out.v))
    return out


def total(t, some):
    out = Var(sum(one.v for one in some))
    for one in some:
        t.steps.append(lambda one=one: acc(one, out.g))
    return out


def build():
    t = Tape()
    a, b = Var(0.7), Var(-1.3)
    root = sub(t, mul(t, exp(t, a), b), total(t, [mul(t, a, a), b, add(t, a, b)]))
    t.run(root)
    return root
"""

PULLED = """
class Q:
    def __init__(self, value, pull=None):
        self.value, self.adjoint, self.pull = value, 0.0, pull

    def receive(self, amount):
        self.adjoint += amount
        if self.pull is not None:
            self.pull(amount)

    def __add__(self, other):
        def pull(g):
            self.receive(g)
            other.receive(g)

        return Q(self.value + other.value, pull)

    def __sub__(self, other):
        def pull(g):
            self.receive(g)
            other.receive(-g)

        return Q(self.value - other.value, pull)

    def __mul__(self, other):
        def pull(g):
            self.receive(g * other.value)
            other.receive(g * self.value)

        return Q(self.value * other.value, pull)

    def exp(self):
        e = math.exp(self.value)
        return Q(e, lambda g: self.receive(g * e))


def backward(root):
    root.receive(1.0)


def build():
    a, b = Q(0.7), Q(-1.3)
    e = a.exp()
    root = e * b - (e * a + b)
    backward(root)
    return root
"""

BOOKED = """
RULES = {
    "add": lambda n, a, b: (1.0, 1.0),
    "sub": lambda n, a, b: (1.0, -1.0),
    "mul": lambda n, a, b: (b, a),
    "exp": lambda n, a: (n.val,),
}


class Num:
    def __init__(self, val, op=None, args=()):
        self.val, self.op, self.args, self.adj = val, op, args, 0.0


def add(a, b):
    return Num(a.val + b.val, "add", (a, b))


def sub(a, b):
    return Num(a.val - b.val, "sub", (a, b))


def mul(a, b):
    return Num(a.val * b.val, "mul", (a, b))


def exp(a):
    return Num(math.exp(a.val), "exp", (a,))


def sort(node, found):
    if node not in found:
        for one in node.args:
            sort(one, found)
        found.append(node)
    return found


def gradients(root):
    root.adj = 1.0
    for node in reversed(sort(root, [])):
        if node.op is not None:
            partials = RULES[node.op](node, *(one.val for one in node.args))
            for one, partial in zip(node.args, partials):
                one.adj += partial * node.adj


def build():
    a, b = Num(0.7), Num(-1.3)
    root = sub(mul(exp(a), b), add(mul(a, a), b))
    gradients(root)
    return root
"""
BRANCHED = """
class N:
    def __init__(self, s, op=None, l=None, r=None):
        self.s, self.op, self.l, self.r, self.ds = s, op, l, r, 0.0


def order_of(n, found):
    if n is not None and n not in found:
        order_of(n.l, found)
        order_of(n.r, found)
        found.append(n)
    return found


def back(root):
    root.ds = 1.0
    for n in order_of(root, [])[::-1]:
        if n.op == "-":
            n.l.ds += n.ds
            n.r.ds -= n.ds
        elif n.op == "*":
            n.l.ds += n.ds * n.r.s
            n.r.ds += n.ds * n.l.s


def build():
    a, b = N(0.7), N(-1.3)
    p = N(a.s * b.s, "*", a, b)
    root = N(p.s - a.s, "-", p, a)
    back(root)
    return root
"""
CALLED = """
class Function:
    def __init__(self, inputs):
        self.inputs = inputs

    def save(self, *values):
        self.saved = values

    @classmethod
    def apply(cls, *inputs):
        call = cls(inputs)
        return Node(call.forward(*[one.value for one in inputs]), call)


class Sub(Function):
    def forward(self, a, b):
        return a - b

    def backward(self, g):
        return g, -g


class Mul(Function):
    def forward(self, a, b):
        self.save(a, b)
        return a * b

    def backward(self, g):
        a, b = self.saved
        return g * b, g * a


class Node:
    def __init__(self, value, creator=None):
        self.value, self.creator, self.grad = value, creator, 0.0


sub, mul = Sub.apply, Mul.apply


def nodes_of(node, found):
    if node not in found:
        for one in node.creator.inputs if node.creator else ():
            nodes_of(one, found)
        found.append(node)
    return found


def build():
    a, b = Node(0.7), Node(-1.3)
    p = sub(mul(a, b), mul(a, a))
    root = sub(a, mul(p, p))
    backward(root)
    return root


def backward(root):
    root.grad = 1.0
    for node in reversed(nodes_of(root, [])):
        if node.creator is not None:
            for one, share in zip(node.creator.inputs, node.creator.backward(node.grad)):
                one.grad += share
"""
QUEUED = """
class Times:
    def __call__(self, *inputs):
        self.inputs = inputs
        self.depth = max(one.depth for one in inputs)
        self.output = Node(self.of(*(one.value for one in inputs)), self, self.depth + 1)
        return self.output

    def of(self, a, b):
        return a * b

    def rule(self, g):
        a, b = self.inputs
        return g * b.value, g * a.value


class Plus(Times):
    def of(self, a, b):
        return a + b

    def rule(self, g):
        return g, g


class Node:
    def __init__(self, value, made_by=None, depth=0):
        self.value, self.made_by, self.depth, self.grad = value, made_by, depth, 0.0


def unwind(root):
    root.grad, heap, met = 1.0, [], set()

    def enter(one):
        if one is not None and one not in met:
            met.add(one)
            heap.append((-one.depth, len(met), one))

    enter(root.made_by)
    while heap:
        heap.sort()
        one = heap.pop(0)[2]
        for node, share in zip(one.inputs, one.rule(one.output.grad)):
            node.grad += share
            enter(node.made_by)


def build():
    a, b, c = Node(0.7), Node(-1.3), Node(0.4)
    s = Plus()(Times()(a, b), c)
    root = Plus()(Times()(s, a), Times()(c, Times()(c, s)))
    unwind(root)
    return root
"""
ASKED = """
class Cell:
    def __init__(self, value, args=(), partials=()):
        self.value, self.grad, self.users = value, None, []
        self.args, self.partials = args, partials
        for place, one in enumerate(args):
            one.users.append((self, place))

    def __add__(self, other):
        return Cell(self.value + other.value, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        return Cell(self.value * other.value, (self, other), (other.value, self.value))


def ask(cell, root):
    if cell.grad is None:
        total = 1.0 if cell is root else 0.0
        for user, place in cell.users:
            total += ask(user, root) * user.partials[place]
        cell.grad = total
    return cell.grad


def build():
    a, b = Cell(0.7), Cell(-1.3)
    root = (a * b + a) * b
    ask(a, root)
    ask(b, root)
    return root
"""
STYLES = {
    "asked": ASKED,
    "queued": QUEUED,
    "called": CALLED,
    "branched": BRANCHED,
    "pushed": PUSHED,
    "listed": LISTED,
    "played": PLAYED,
    "pulled": PULLED,
    "booked": BOOKED,
}


def build_in(folder, text):
    path = folder / "engine.py"
    path.write_text(f"import math\n\n{text}", "utf-8")
    return from_file(path).build


@pytest.mark.parametrize("style", STYLES)
def test_a_right_engine_of_any_style_is_let_be(style, tmp_path):
    assert probe(build_in(tmp_path, STYLES[style])).ok


@pytest.mark.parametrize(
    ("style", "right", "wrong", "line"),
    [
        ("pushed", "(a, b.x), (b, a.x)", "(a, a.x), (b, b.x)", "return Term(a.x * b.x, ((a, a.x), (b, b.x)))"),
        ("pushed", "((a, e),)", "((a, a.x),)", "return Term(e, ((a, a.x),))"),
        ("listed", "(b, -1.0)", "(b, 1.0)", "return record(a.num - b.num, (a, 1.0), (b, 1.0))"),
        ("listed", "(a, e)", "(a, a.num)", "return record(e, (a, a.num))"),
        ("played", "acc(b, -out.g)", "acc(b, out.g)", "t.steps.append(lambda: (acc(a, out.g), acc(b, out.g)))"),
        ("played", "out.g * out.v", "out.g * a.v", "t.steps.append(lambda: acc(a, out.g * a.v))"),
        ("pulled", "self.receive(g * other.value)", "self.receive(g * self.value)", "self.receive(g * self.value)"),
        ("pulled", "other.receive(-g)", "other.receive(g)", "other.receive(g)"),
        ("booked", "(n.val,)", "(a,)", '"exp": lambda n, a: (a,),'),
        ("booked", "(1.0, -1.0)", "(1.0, 1.0)", '"sub": lambda n, a, b: (1.0, 1.0),'),
    ],
)
def test_a_wrong_number_is_placed_where_it_is_made(style, right, wrong, line, tmp_path):
    text = STYLES[style]
    assert text.count(right) == 1
    found = probe(build_in(tmp_path, text.replace(right, wrong)))
    assert {cause.source.text for cause in found.causes} == {line}


@pytest.mark.parametrize(
    ("style", "right", "wrong", "line"),
    [
        ("played", "lambda one=one: acc(one, out.g)", "lambda: acc(one, out.g)", None),
        ("branched", "n.r.ds -= n.ds", "n.l.ds -= n.ds", "n.l.ds -= n.ds"),
        ("listed", "operand.bar += partial", "operand.bar = partial", "operand.bar = partial * out.bar"),
        ("pulled", "self.pull(amount)", "self.pull(self.adjoint)", "self.pull(self.adjoint)"),
        ("listed", "in reversed(LIST)", "in LIST", "for out, entries in LIST:"),
        ("called", "in reversed(nodes_of(root, []))", "in nodes_of(root, [])", "for node in nodes_of(root, []):"),
    ],
)
def test_what_goes_to_another_node_or_too_often_is_one_cause_with_its_line(style, right, wrong, line, tmp_path):
    text = STYLES[style]
    assert text.count(right) == 1
    (cause,) = probe(build_in(tmp_path, text.replace(right, wrong))).causes
    assert cause.source.text == (line or f"t.steps.append({wrong})")


def test_a_partial_of_the_way_forward_is_fixed_by_an_edit(tmp_path):
    wrong = PUSHED.replace("(a, b.x), (b, a.x)", "(a, a.x), (b, a.x)")
    assert "+    return Term(a.x * b.x, ((a, b.x), (b, a.x)))" in probe(build_in(tmp_path, wrong)).patch


@pytest.mark.parametrize("last", ["mul(p, p)", "mul(p, b)"])
def test_what_a_later_call_saves_over_is_told_where_it_is_saved_and_no_rule(last, tmp_path):
    (cause,) = probe(
        build_in(tmp_path, CALLED.replace("self.saved", "type(self).saved", 1).replace("mul(p, p)", last))
    ).causes
    assert cause.source.text == "type(self).saved = values"
    assert "a later call of the same operation" in cause.slip.message


def test_a_rule_is_not_blamed_where_a_queue_hands_a_gradient_on_too_early(tmp_path):
    wrong = QUEUED.replace("max(one.depth for one in inputs)", "inputs[0].depth")
    found = probe(build_in(tmp_path, wrong))
    assert all("before all its uses" in cause.slip.message for cause in found.causes)
    assert not any(cause.source for cause in found.causes)
    assert not found.ok


def test_an_operation_that_keeps_the_operands_of_its_last_call_is_wrong_and_ends_in_no_error(tmp_path):
    wrong = QUEUED.replace("def build():", "times = Times()\n\n\ndef build():").replace("Times()(", "times(")
    found = probe(build_in(tmp_path, wrong))
    assert not found.ok
    assert found.causes
