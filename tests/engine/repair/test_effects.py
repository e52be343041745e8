"""Code that is run again has no effect outside: what would have one is refused and noted, or goes nowhere."""

import builtins
import ctypes
import io
import logging
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress

import numpy as np
import pytest

from handgrad import check_backward, probe
from handgrad.adapters.errors import CheckError
from handgrad.adapters.numpy.state import restoring
from handgrad.repair.effects import EffectError, allow_effects, hold_effects
from tests.optional import only_where

from ..adapters.micrograd.cases import build_of, from_file
from ..adapters.outside import OUTSIDE, counted


def program(outside, folder, capsys):
    """Return the names of a program: `effect` has one, and `count` counts how often it was had."""
    shown = ["", ""]

    def read(which):
        for place, text in enumerate(capsys.readouterr()):
            shown[place] += text
        return shown[which]

    names = {
        "HERE": folder, "LOG": folder / "log.txt", "__file__": __file__, "np": np, "os": os, "sys": sys,
        "counted": counted, "out": lambda: read(0), "err": lambda: read(1), "__name__": "theirs",
    }  # fmt: skip
    body = "\n".join(f"    {line}" for line in outside.effect.splitlines())
    exec(
        compile(
            f"{outside.setup}\ndef effect():\n{body}\ndef count():\n    return {outside.counted}\n",
            str(folder / "theirs.py"),
            "exec",
        ),
        names,
    )
    return names


@pytest.mark.drawn(12, rest=40)
@only_where(sys.platform == "linux", "some of these are Linux's alone")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("outside", OUTSIDE.values(), ids=OUTSIDE)
def test_what_runs_again_has_no_effect_and_afterwards_it_has(outside, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HG", "")
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    names = program(outside, tmp_path, capsys)
    effect, count = names["effect"], names["count"]
    try:
        with restoring(effect):
            effect()
        once = count()
        with hold_effects():
            for _ in range(3):
                with restoring(effect), suppress(Exception):
                    effect()
        assert count() == once
        effect()
        assert count() != once
    finally:
        for one in names.values():
            # The system's library has a `fileno`, too, and a `close` that would close any descriptor.
            is_open = hasattr(one, "fileno") and not isinstance(one, ctypes.CDLL)
            if is_open or hasattr(one, "run_until_complete"):
                one.close()


def test_what_is_refused_is_said():
    with hold_effects() as effects:
        with suppress(EffectError):
            os.mkdir("nowhere")
        with suppress(EffectError):
            subprocess.run(["true"], check=False)
    assert effects.remark == (
        "Run again, your code would call os.mkdir and call subprocess.Popen: that was held back, and what needs it was "
        "not tried."
    )


def test_nothing_is_said_of_code_without_effects(tmp_path):
    path = tmp_path / "data.txt"
    path.write_text("1")
    with hold_effects() as effects:
        assert path.read_text() == "1"
        tmp_path.mkdir(exist_ok=True)
        print("x")
        open(os.devnull, "w").close()
    assert not effects.remark


def test_what_was_written_to_nowhere_is_not_read(tmp_path):
    path = tmp_path / "kept.txt"
    path.write_text("of the first run")
    with hold_effects():
        path.write_text("of another")
        with pytest.raises(EffectError, match="which it has written"):
            path.read_text()
    assert path.read_text() == "of the first run"


def test_afterwards_all_that_was_replaced_is_there_again():
    def held():
        streams = (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__)
        return (*streams, builtins.open, io.open, os.write, os._exit, threading.Thread.start, sys.dont_write_bytecode)

    before, of_sockets = held(), dict(vars(socket.socket))
    handlers = logging.Logger.callHandlers
    with suppress(ZeroDivisionError), hold_effects(), hold_effects():
        assert not any(one is other for one, other in zip(held()[:9], before))
        raise ZeroDivisionError
    assert all(one is other for one, other in zip(held(), before))
    assert vars(socket.socket) == of_sockets
    assert logging.Logger.callHandlers is handlers


def test_other_threads_have_their_effects(tmp_path):
    begun, done = threading.Event(), threading.Event()

    def work():
        begun.wait()
        (tmp_path / "other").mkdir()
        print("from another thread")
        done.set()

    other = threading.Thread(target=work)
    other.start()
    with hold_effects():
        begun.set()
        done.wait()
    other.join()
    assert (tmp_path / "other").exists()


def test_other_threads_write_to_files_that_are_open(tmp_path):
    path = tmp_path / "log.txt"
    with open(path, "a", newline="\r\n") as file:
        file.write("before\n")
        begun, done = threading.Event(), threading.Event()

        def work():
            begun.wait()
            file.write("other\n")
            done.set()

        other = threading.Thread(target=work)
        other.start()
        with hold_effects(), restoring(work):
            file.write("again\n")
            begun.set()
            done.wait()
        other.join()
        assert not file.write_through
        file.write("after\n")
    assert path.read_bytes() == b"before\r\nother\r\nafter\r\n"


def test_no_warning_is_shown_of_what_stands_below_a_file(tmp_path, recwarn):
    with open(tmp_path / "log.txt", "a") as file, hold_effects(), restoring(lambda: file):
        print("x", file=file)
    assert not recwarn


def test_a_file_is_held_back_for_two_at_once(tmp_path):
    path = tmp_path / "log.txt"
    inside, ended = threading.Event(), threading.Event()
    with open(path, "a", buffering=1) as file:

        def work():
            with hold_effects(), restoring(lambda: file):
                inside.set()
                ended.wait()
                file.write("again\n")

        other = threading.Thread(target=work)
        with hold_effects(), restoring(lambda: file):
            with allow_effects():
                other.start()
            inside.wait()
        ended.set()
        other.join()
        file.write("after\n")
    assert path.read_text() == "after\n"


def test_a_file_that_is_closed_again_is_open_afterwards(tmp_path):
    path = tmp_path / "log.txt"
    with open(path, "a") as file:
        with hold_effects(), restoring(lambda: file):
            file.close()
            assert file.closed
        file.write("after")
    assert path.read_text() == "after"


def test_one_that_ends_does_not_let_the_other_have_its_effects(tmp_path):
    inside, ended = threading.Event(), threading.Event()
    raised = []

    def work():
        with hold_effects():
            inside.set()
            ended.wait()
            try:
                (tmp_path / "other").mkdir()
            except EffectError as error:
                raised.append(error)

    other = threading.Thread(target=work)
    with hold_effects():
        pass
    other.start()
    inside.wait()
    with hold_effects():
        pass
    ended.set()
    other.join()
    assert raised
    assert builtins.open is io.open


def test_the_first_run_may_have_its_effects_and_our_own_code_too(tmp_path):
    with hold_effects():
        for name in ("first", "second"):
            with allow_effects(once=True), suppress(EffectError):
                (tmp_path / name).mkdir()
        with allow_effects():
            (tmp_path / "ours").mkdir()
            with hold_effects(), pytest.raises(EffectError):
                (tmp_path / "theirs").mkdir()
    assert {one.name for one in tmp_path.iterdir()} == {"first", "ours"}


ENGINE = """
class Value:
    def __init__(self, data, operands=()):
        self.data, self.grad, self._prev, self._backward = data, 0.0, set(operands), lambda: None

    def __mul__(self, other):
        out = Value(self.data * other.data, (self, other))

        def backward():
            print("x", file=LOG)
            self.grad += other.data * out.grad
            other.grad += out.grad

        out._backward = backward
        return out

    def backward(self):
        self.grad = 1.0
        self._backward()
"""


@pytest.mark.rest
def test_a_rule_of_an_engine_that_is_asked_again_writes_nothing(tmp_path):
    path = tmp_path / "engine.py"
    path.write_text(ENGINE, "utf-8")
    theirs = from_file(path)
    with open(tmp_path / "log.txt", "a", buffering=1) as theirs.LOG:
        out = theirs.Value(2.0) * theirs.Value(-3.0)
        out.backward()
        assert not probe(out).ok
        found = probe(build_of(lambda: theirs.Value(2.0) * theirs.Value(-3.0)))
    assert (tmp_path / "log.txt").read_text() == "x\n"
    assert "+            other.grad += out.grad * self.data" in found.patch


UP = np.array([[0.4, -1.3]])


def layer(x):
    return np.tanh(x), x


def wrong(dout, x):
    return 2 * dout * (1 - np.tanh(x) ** 2)


@pytest.mark.rest
def test_code_that_logs_is_checked_with_experiments_and_logs_once(caplog):
    def logging_wrong(dout, x):
        logging.getLogger("theirs").warning("backward")
        return wrong(dout, x)

    found = check_backward(layer, logging_wrong, (UP,))
    assert found.patch
    assert len(caplog.records) == 1


def test_a_forward_that_starts_a_process_runs_once_and_that_is_told():
    def starting(x):
        subprocess.run(["true"], check=False)
        return layer(x)

    with pytest.raises(CheckError, match=r"your forward would call subprocess\.Popen. That was held back"):
        check_backward(starting, wrong, (UP,))
