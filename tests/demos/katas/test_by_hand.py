"""What is to be done by hand is not done by the engine, by whatever door."""

import threading

import pytest

from handgrad import Value, gradients
from handgrad.demos.katas.course import Course
from handgrad.demos.katas.judging.isolate import CAN_FORK, run_forked, run_spawned
from handgrad.demos.katas.judging.judge import judge
from handgrad.manual import ByHandError, by_hand

KATA = Course()["multiply"]

# Each is the body of `backward(a, b, y)`; `put` writes down what a door has given away.
PRELUDE = """
import contextvars, gc, importlib, os, signal, subprocess, sys, threading, time
import handgrad
from handgrad import Value, compare, gradcheck, gradients, manual, numeric_gradients
from handgrad.local import local_derivatives

gate = sys.modules["handgrad.manual"]
CONTEXT = contextvars.copy_context()

def put(a, b, y, truth):
    y.grad, a.grad, b.grad = 1.0, truth[a], truth[b]
"""

ATTACKS = {
    "backward on nodes turned to autodiff": (
        "for n in (a, b, y):\n    n._mode, n.grad = gate.AUTODIFF, 0.0\ny.backward()"
    ),
    "gradients": "put(a, b, y, gradients(y))",
    "gradients as a graph": "g = gradients(y, graph=True); put(a, b, y, {n: g[n].data for n in (a, b)})",
    "compare": "c = compare(y); put(a, b, y, {n: c[n].expected for n in (a, b)})",
    "the judge's own function": (
        "from handgrad.testing import assert_gradients\n"
        "try:\n    assert_gradients(y)\nexcept AssertionError as e:\n"
        "    put(a, b, y, {n: e.comparison[n].expected for n in (a, b)})"
    ),
    "the sweep itself": (
        "from handgrad.autodiff import backward_sweep\nbackward_sweep(y)\nput(a, b, y, {n: n._scratch for n in (a, b)})"
    ),
    "an array of the nodes": (
        "from handgrad.arrays import array\nx = array([y * 1.0], label='x')\nc = compare(x.sum())\n"
        "put(a, b, y, {n: c[n].expected for n in (a, b)})"
    ),
    "an array of numbers": (
        "from handgrad.arrays import array\np, q = array([a.data]), array([b.data])\ng = gradients((p * q).sum())\n"
        "put(a, b, y, {a: float(g[p][0]), b: float(g[q][0])})"
    ),
    "numeric gradients": "put(a, b, y, numeric_gradients(y))",
    "a slope": (
        "from handgrad.rulecheck.numeric import slope\n"
        "put(a, b, y, {a: slope(lambda x: x * b.data, a.data).value, b: slope(lambda x: a.data * x, b.data).value})"
    ),
    "the terms of gradcheck": ("c = gradcheck(y)\nput(a, b, y, {n: sum(t.local for t in c[n].terms) for n in (a, b)})"),
    "the local derivatives": "put(a, b, y, dict(zip((a, b), local_derivatives(y))))",
    "the rule of the operation": "put(a, b, y, dict(zip((a, b), y.op.derivatives(a.data, b.data, y.data))))",
    "a thread": ("t = threading.Thread(target=lambda: put(a, b, y, gradients(y)))\nt.start()\nt.join()"),
    "a thread that tries again and again": (
        "def work():\n    while True:\n        try:\n            put(a, b, y, gradients(y))\n            return\n"
        "        except Exception:\n            time.sleep(0)\n"
        "threading.Thread(target=work, daemon=True).start()"
    ),
    "a fresh context": "contextvars.Context().run(lambda: put(a, b, y, gradients(y)))",
    "a context from before": "CONTEXT.run(lambda: put(a, b, y, gradients(y)))",
    "a number that is worked out when it is read": (
        "class Lazy(float):\n    def __float__(self):\n        return gradients(y)[self.node]\n"
        "y.grad = 1.0\nfor n in (a, b):\n    n.grad = Lazy(0.0)\n    n.grad.node = n"
    ),
    "a number of an array's type that is worked out when it is read": (
        "class Kind:\n    kind = 'f'\n    itemsize = 8\n"
        "class Lazy:\n    dtype, ndim = Kind(), 0\n"
        "    def __init__(self, node):\n        self.node = node\n"
        "    def __float__(self):\n        return gradients(y)[self.node]\n"
        "y.grad, a.grad, b.grad = 1.0, Lazy(a), Lazy(b)"
    ),
    "a node whose grad is worked out when it is read": (
        "class Lazy(Value):\n    __slots__ = ()\n    grad = property(lambda self: gradients(y)[self])\n"
        "for n in (a, b, y):\n    n.__class__ = Lazy"
    ),
    "a signal": (
        "def handler(*_):\n    put(a, b, y, gradients(y))\n"
        "signal.signal(signal.SIGALRM, handler)\nsignal.setitimer(signal.ITIMER_REAL, 1e-5, 1e-5)\n"
        "put(a, b, y, {a: 0.0, b: 0.0})"
    ),
    "one signal as soon as it has ended": (
        "def handler(*_):\n    put(a, b, y, gradients(y))\n"
        "put(a, b, y, {a: 0.0, b: 0.0})\n"
        "signal.signal(signal.SIGALRM, handler)\nsignal.setitimer(signal.ITIMER_REAL, 3e-5)"
    ),
    "a finaliser": (
        "class Last:\n    def __del__(self):\n        put(a, b, y, gradients(y))\n"
        "loop = [Last()]\nloop.append(loop)\nput(a, b, y, {a: 0.0, b: 0.0})\nos.GC = loop\ndel os.GC"
    ),
    "a callback of the collector": (
        "gc.callbacks.append(lambda *_: put(a, b, y, gradients(y)))\ngc.set_threshold(50)\n"
        "put(a, b, y, {a: 0.0, b: 0.0})"
    ),
    "a trace function": (
        "def trace(frame, event, arg):\n"
        "    try:\n        put(a, b, y, gradients(y))\n    except Exception:\n        pass\n    return None\n"
        "put(a, b, y, {a: 0.0, b: 0.0})\nsys.setprofile(trace)"
    ),
    "the judge's key": "with gate.judging():\n    put(a, b, y, gradients(y))",
    "a second copy of the engine": (
        "for name in [n for n in sys.modules if n.split('.')[0] == 'handgrad']:\n    del sys.modules[name]\n"
        "again = importlib.import_module('handgrad')\np, q = again.Value(a.data), again.Value(b.data)\n"
        "g = again.gradients(p * q)\nput(a, b, y, {a: g[p], b: g[q]})"
    ),
    "another process": (
        "program = f'from handgrad import *; a, b = Value({a.data}), Value({b.data}); g = gradients(a * b)'\n"
        "program += '; print(g[a], g[b])'\n"
        "told = subprocess.check_output([sys.executable, '-c', program], text=True).split()\n"
        "put(a, b, y, dict(zip((a, b), map(float, told))))"
    ),
    "code without a file": "exec(compile('put(a, b, y, gradients(y))', gate.__file__, 'exec'))",
}


SECONDS = {"a signal": 1.0}
"""For a process that signals keep from getting on, and six times as long by the clock. The others end by themselves."""


def verdict_of(body, tmp_path, prelude=PRELUDE, seconds=10.0):
    answer = tmp_path / "multiply.py"
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    answer.write_text(f"{prelude}\ndef backward(a, b, y):\n{lines}", encoding="utf-8")
    return judge(KATA, answer, seconds, run=run_forked if CAN_FORK else run_spawned)


@pytest.mark.drawn(5, rest=8)
@pytest.mark.parametrize("name", ATTACKS)
def test_no_door_gives_the_gradients_away(name, tmp_path):
    verdict = verdict_of(ATTACKS[name], tmp_path, seconds=SECONDS.get(name, 10.0))
    assert verdict.status in ("failed", "error", "timeout"), verdict


def test_what_is_found_out_while_the_file_is_loaded_is_refused_too(tmp_path):
    prelude = PRELUDE + "p, q = Value(2.0), Value(3.0)\nKNOWN = gradients(p * q)\n"
    verdict = verdict_of("put(a, b, y, {a: b.data, b: a.data})", tmp_path, prelude)
    assert verdict.status == "error"
    assert "done by hand" in verdict.message


def test_the_honest_answer_passes(tmp_path):
    assert verdict_of("put(a, b, y, {a: b.data, b: a.data})", tmp_path).ok


def test_nobody_elses_work_is_refused_meanwhile():
    found = []

    def work():
        x = Value(3.0)
        found.append(gradients(x * x)[x])

    with by_hand():
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        with pytest.raises(ByHandError):
            gradients(Value(1.0) * 2.0)
    assert found == [6.0]
