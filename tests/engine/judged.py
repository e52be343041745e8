"""A process that judges an answer, run by `test_manual`: what the engine tells there, to whom, as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

from handgrad import Value, compare, gradients, op
from handgrad.local import local_derivatives
from handgrad.manual import ByHandError, by_hand, engine_access, hold_process, judging, reading, shut_engine_for

X = Value(2.0)
ROOT = X * 3.0

# Code of a file that is neither the judge's nor Python's nor ours.
stranger: Callable[[Callable[[], Any]], Any] = eval(compile("lambda work: work()", "answer.py", "eval"))


def is_told(work: Callable[[], Any]) -> bool:
    try:
        work()
    except ByHandError:
        return False
    return True


def gradient() -> Any:
    return gradients(ROOT)[X]


def rule() -> Any:
    return local_derivatives(ROOT)


def in_a_thread(work: Callable[[], Any]) -> bool:
    found: list[bool] = []
    thread = threading.Thread(target=lambda: found.append(is_told(work)))
    thread.start()
    thread.join()
    return found[0]


class Late:
    """A number that is worked out when it is read."""

    def __float__(self) -> float:
        return float(gradient())


def main() -> dict[str, Any]:
    guarded = shut_engine_for(gradient)
    found: dict[str, Any] = {"closed, before": is_told(guarded)}
    with reading():
        found["reading, before"] = is_told(gradient)
    become_judge()
    found["judge"] = is_told(gradient)
    found["thread"] = in_a_thread(gradient)
    found["thread, rules"] = in_a_thread(rule)
    found["stranger, nothing by hand yet"] = is_told(lambda: stranger(gradient))
    with by_hand(rules=True):
        found["by hand with rules"] = [is_told(gradient), is_told(rule), engine_access()]
    found["stranger, rules were open"] = [is_told(lambda: stranger(gradient)), is_told(lambda: stranger(rule))]
    with by_hand():
        found["by hand"] = [is_told(gradient), is_told(rule), engine_access()]
        found["by hand, in a thread"] = in_a_thread(rule)
        found["by hand, beside a thread that judges"] = beside_a_judging_thread(rule)
        with judging():
            found["judging"] = [is_told(gradient), is_told(lambda: stranger(gradient)), engine_access()]
    found["after"] = [is_told(gradient), is_told(rule), engine_access()]
    found["stranger, after"] = [is_told(lambda: stranger(gradient)), is_told(lambda: stranger(rule))]
    found["thread with a block of its own"] = in_a_thread(judged_by_itself)
    with reading():
        found["reading"] = is_told(gradient)
    found["closed"] = is_told(guarded)
    spy = op("spy", lambda x: 2.0 * x, lambda x: gradient())
    found["rule of somebody's own"] = is_told(lambda: gradients(spy(Value(1.0))))
    ROOT.grad, X.grad = 1.0, 3.0
    found["compare"] = compare(ROOT).ok
    child = "from handgrad import Value\nfrom handgrad.manual import engine_access\nprint(engine_access())"
    started = subprocess.run([sys.executable, "-c", child], capture_output=True, text=True, check=True)
    found["process started there"] = started.stdout.strip()
    found["environment"] = "HANDGRAD_ANSWER" in os.environ
    return found


def become_judge() -> None:
    """From a call that is over when the engine is asked, as a judge's start is."""
    hold_process(__file__)


def beside_a_judging_thread(work: Callable[[], Any]) -> bool:
    """Whether it is told here while another thread stands in a `judging()` block."""
    entered, leave = threading.Event(), threading.Event()

    def judge() -> None:
        with judging():
            entered.set()
            leave.wait()

    thread = threading.Thread(target=judge)
    thread.start()
    entered.wait()
    told = is_told(work)
    leave.set()
    thread.join()
    return told


def judged_by_itself() -> None:
    with judging():
        gradient()


if __name__ == "__main__":
    print(json.dumps(main()))
