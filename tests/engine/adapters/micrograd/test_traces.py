"""`probe` leaves everything as it was."""

import random
import sys

import numpy as np
import pytest

from handgrad import probe

from .cases import RULES, load
from .test_probing import ENGINES


def held(thing, met):
    """All that a graph holds, by value."""
    if id(thing) in met or isinstance(thing, (int, float, str, type(None), type)):
        return met
    met[id(thing)] = thing
    inside = list(vars(thing).values()) if hasattr(thing, "__dict__") and not callable(thing) else []
    inside += [getattr(thing, name) for name in getattr(type(thing), "__slots__", ()) if hasattr(thing, name)]
    inside += list(thing) if isinstance(thing, (list, tuple, set)) else []
    inside += [cell.cell_contents for cell in getattr(thing, "__closure__", None) or ()]
    for one in inside:
        held(one, met)
    return met


def picture(root):
    met = held(root, {})
    state = {}
    for key, thing in met.items():
        if isinstance(thing, np.ndarray):
            state[key] = thing.tobytes()
        elif isinstance(thing, (list, tuple, set)):
            state[key] = tuple(map(id, thing))
        else:
            names = [*getattr(thing, "__dict__", ()), *getattr(type(thing), "__slots__", ())]
            state[key] = {name: id(getattr(thing, name, None)) for name in names}
    return met, state


@pytest.mark.drawn(4)
@pytest.mark.parametrize("engine", ENGINES)
def test_no_node_is_changed(engine):
    root = load(engine).program()
    root.backward()
    met, before = picture(root)
    probe(root)
    assert picture(root)[1] == before
    assert met


@pytest.mark.rest
def test_no_node_is_changed_by_a_graph_with_mistakes(tmp_path):
    root = RULES[0].build(tmp_path)()
    _, before = picture(root)
    assert not probe(root).ok
    assert picture(root)[1] == before


def test_the_graph_stays_usable():
    engine = load("closures")
    root = engine.program()
    root.backward()
    probe(root)
    once = root.grad
    root.grad = 0.0
    root.backward()
    assert root.grad == once == 1.0


def test_global_variables_class_attributes_and_random_states_are_put_back():
    engine = load("factories")
    root = engine.program()
    root.backward()
    random.seed(5)
    np.random.seed(5)
    before = (list(engine.made), engine.Var.count, list(engine.TAPE), random.getstate(), str(np.random.get_state()))
    probe(root)
    assert (
        list(engine.made),
        engine.Var.count,
        list(engine.TAPE),
        random.getstate(),
        str(np.random.get_state()),
    ) == before
    last = max(node.id for node in _nodes(root))
    assert next(engine.serial) == last + 1


def _nodes(root):
    found = [root]
    for node in found:
        found += [one for one in node.sources if one not in found]
    return found


@pytest.mark.rest
def test_a_generator_of_theirs_is_put_back(tmp_path):
    new = "RNG = np.random.default_rng(3)\n\n\ndef unbroadcast(grad, shape):\n    RNG.random()"
    engine = load("tensors", tmp_path, ("import", "def unbroadcast(grad, shape):", new))
    root = engine.program()
    root.backward()
    before = engine.RNG.bit_generator.state
    probe(root)
    assert engine.RNG.bit_generator.state == before


def test_what_a_test_run_holds_is_neither_copied_nor_put_back(request):
    engine, request.node.calls = load("closures"), []

    def build():
        request.node.calls.append("build")
        root = engine.program()
        root.backward()
        return root

    assert probe(build, quick=True).ok
    assert request.node.calls


def test_what_their_code_prints_is_not_shown(tmp_path, capsys):
    engine = load("closures", tmp_path, ("def __neg__", "self.grad", 'print("neg")\n            self.grad'))
    root = engine.program()
    root.backward()
    capsys.readouterr()
    probe(root)
    assert capsys.readouterr().out == ""


@pytest.mark.rest
def test_tracing_and_profiling_stay_as_they_were(tmp_path):
    root = RULES[0].build(tmp_path)()
    lines, calls = [], []

    def trace(frame, event, argument):
        lines.append(event)

    def profile(frame, event, argument):
        calls.append(event)

    before = sys.gettrace(), sys.getprofile()
    sys.settrace(trace)
    sys.setprofile(profile)
    try:
        probe(root)
        found = sys.gettrace(), sys.getprofile()
    finally:
        sys.settrace(before[0])
        sys.setprofile(before[1])
    assert found == (trace, profile)


def test_a_node_made_by_no_call_of_probe_is_left_on_their_tape(tmp_path):
    old = "        self.data = data\n        self.grad = 0.0"
    engine = load("closures", tmp_path, ("def __init__", old, f"        TAPE.append(self)\n{old}"))
    engine.TAPE = []
    root = engine.program()
    root.backward()
    before = list(engine.TAPE)
    probe(root)
    assert before == engine.TAPE
