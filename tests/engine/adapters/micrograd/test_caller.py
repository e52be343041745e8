"""What was done to a graph beside its backward pass."""

from handgrad import compare
from handgrad.adapters.micrograd.caller import changed, since
from handgrad.adapters.micrograd.subject import Subject

from .cases import load
from .stages import Stages


def subject_of(root):
    stages = Stages(root)
    mirror = stages.mirror({id(node): node.label or node._op for node in stages.graph.order})
    base = compare(mirror.root, typed=False)
    nodes = frozenset(result.node for result in base.results)
    return Subject(stages.graph, mirror, base, stages.walker, list(stages.operations.values()), frozenset(), nodes)


def built():
    engine = load("closures")
    x = engine.Value(1.2, label="x")
    return x, (x * x).exp() * x


def told(root):
    subject = subject_of(root)
    change = changed(subject)
    return since(subject, subject.walker.walked(), change), change


def test_of_one_backward_pass_there_is_nothing_to_tell():
    _, root = built()
    root.backward()
    assert told(root) == (((), True, ""), None)


def test_two_passes_without_zeroing_are_double_and_anything_else_is_stale():
    for begin, kind in (
        (lambda x, root: root.backward(), "double"),
        (lambda x, root: setattr(x, "grad", 5.0), "stale"),
    ):
        x, root = built()
        begin(x, root)
        root.backward()
        judged, _ = told(root)
        ((_, cause),) = judged.causes
        assert (cause.slip.kind, cause.source) == (kind, None)


def test_data_changed_after_the_pass_is_a_step_of_descent_and_nothing_is_judged():
    x, root = built()
    root.backward()
    x.data -= 0.1
    judged, change = told(root)
    assert change.node is x
    assert not judged.causes
    assert not judged.can_judge
    assert "Probe before the step" in judged.remark


def test_data_changed_before_the_pass_is_a_mistake():
    x, root = built()
    x.data = 0.5
    root.backward()
    judged, _ = told(root)
    ((_, cause),) = judged.causes
    assert cause.slip.kind == "in-place"
    assert "x: its data was changed, in place" in cause.slip.message
