"""What an assistant may ask: three questions about gradients, each answered by computing and never by opinion.

An answer has the same keys whatever it is: `ok`, `status` as of a command, `verdict` in words, and what it rests on.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from handgrad import Comparison, HandgradError, Value, compare, gradients
from handgrad.graph import topological_order
from handgrad.names import Names
from handgrad.number import show
from handgrad.viz.process import TooSlowError, run_limited

from ..replies import RIGHT, UNUSABLE, WRONG, plain
from ..web.inside.program import Program, program

SECONDS = 60.0
"""How long a user's file may run."""

Answer = dict[str, Any]


def judge_file(
    file: str = "", code: str = "", forward: str = "", backward: str = "", inputs: str = "", reference: str = ""
) -> Answer:
    """Return the verdict on a backward pass in a file or in given code.

    Args:
        file: where it is; or else
        code: its text.
        forward, backward, inputs: names in it, where they are not the usual ones.
        reference: a readable forward in it to compare a fused one with.
    """
    if bool(file) == bool(code):
        return _answer(UNUSABLE, "Give either a file, by its path, or the code itself.")
    named = {"--forward": forward, "--backward": backward, "--inputs": inputs, "--reference": reference}
    options = [word for option, name in named.items() if name for word in (option, name)]
    if file:
        return _run_debug(Path(file).expanduser(), options)
    with tempfile.TemporaryDirectory(prefix="handgrad-") as folder:
        path = Path(folder, "code.py")
        path.write_text(code, encoding="utf-8")
        return _run_debug(path, options)


def _run_debug(path: Path, options: list[str]) -> Answer:
    command = [sys.executable, "-m", "handgrad", "debug", str(path), "--json", "--no-picture", *options]
    said = b""
    try:
        written = run_limited(command, b"", SECONDS)
    except TooSlowError:
        return _answer(UNUSABLE, f"{path.name} took more than {SECONDS:g} seconds and was stopped.")
    except subprocess.CalledProcessError as error:
        written, said = error.output, error.stderr
    # By its name: where it lies is the asker's own, or a folder that is gone by now.
    there, name = (json.dumps(str(shown))[1:-1].encode() for shown in (path, path.name))
    try:
        found = json.loads(written.replace(there, name))
        (result,) = found["results"] or [{}]
    except (ValueError, LookupError, TypeError):
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        return _answer(UNUSABLE, f"{path.name} ended before it could be judged. {''.join(last)}".strip())
    if not result:
        return _answer(found["status"], found["message"])
    facts = {**result["comparison"], "patch": result["patch"]}
    return _answer(found["status"], _describe(facts), facts, result["table"])


def judge_gradients(text: str, filled: Mapping[str, float], *, reveal: bool = False) -> Answer:
    """Return the verdict on gradients that a user computed for a small program.

    Args:
        text: such as `e = a*b; d = e + c; L = d*f; a = 2; b = -3; c = 10; f = -2`; the last node that is made is the
            root. It is parsed, never run.
        filled: a gradient for each name that is to be judged; where names are left out, what it takes of them is right.
        reveal: whether to show the right numbers too.
    """
    try:
        made = program(text)
        nodes = _nodes_by_name(made)
        unknown = [name for name in filled if name not in nodes]
        if unknown or not filled:
            problem = f"the program has no {unknown[0]}" if unknown else "give a gradient, by the name of its node"
            return _answer(UNUSABLE, f"{problem}; there are {', '.join(nodes)}.")
        for name, gradient in filled.items():
            nodes[name].grad = gradient
        found = compare(made.root, nodes=[nodes[name] for name in filled])
    except (HandgradError, OverflowError) as error:
        return _answer(UNUSABLE, str(error))
    facts = found.to_dict()
    if not reveal:
        for node in facts["nodes"]:
            del node["expected"], node["error"]
    return _answer(_status(found), _describe(facts), facts, found.table(reveal=reveal))


def explain_gradient(text: str, node: str, filled: Mapping[str, float] | None = None) -> Answer:
    """Return what the chain rule says of one node, use by use.

    Args:
        text: a program, as for `judge_gradients`.
        node: its name.
        filled: gradients that a person computed; those left out are the right ones.
    """
    try:
        made = program(text)
        nodes = _nodes_by_name(made)
        if node not in nodes:
            return _answer(UNUSABLE, f"the program has no {node}; it has {', '.join(nodes)}.")
        right = gradients(made.root)
        for each in topological_order(made.root):
            each.grad = right[each]
        for name, gradient in (filled or {}).items():
            if name in nodes:
                nodes[name].grad = gradient
        result = compare(made.root)[nodes[node]]
    except (HandgradError, OverflowError) as error:
        return _answer(UNUSABLE, str(error))
    names = Names(made.root)
    uses = [
        {"in": names[term.consumer], "operation": term.consumer.op.name, "local": term.local, "upstream": term.upstream}
        for term in result.terms
        if term.consumer.op is not None
    ]
    parts = " + ".join(f"({show(use['upstream'])} * {show(use['local'])})" for use in uses)
    told = (
        f"{node} is the root: its gradient is 1, the slope of {node} by itself."
        if not uses
        else f"{node}.grad = sum over uses of upstream gradient * local derivative = {parts} = "
        f"{show(sum(use['upstream'] * use['local'] for use in uses))}"
    )
    slip = result.slip
    facts = {**result.to_dict(), "uses": uses}
    status = RIGHT if slip is None else WRONG
    return _answer(status, told if slip is None else f"{told}. {slip.message}", facts)


def _nodes_by_name(made: Program) -> dict[str, Value]:
    return {node.label: node for node in topological_order(made.root) if node.label and not node.is_constant}


def _status(found: Comparison) -> int:
    return RIGHT if found.ok else WRONG


def _describe(facts: Mapping[str, Any]) -> str:
    """Describe the verdict in a sentence or two."""
    if facts["ok"]:
        return "Right: " + (facts["remark"] or "nothing that was given is wrong.")
    causes = [node for node in facts["nodes"] if node["status"] == "wrong"]
    told = []
    for cause in causes:
        at = f"{cause['source'][0]}, line {cause['source'][1]}: " if cause["source"] else ""
        told.append(at + (cause["slip"]["message"] if cause["slip"] else f"{cause['name']} is wrong."))
    return "Wrong: " + " ".join(told)


def _answer(status: int, verdict: str, facts: Mapping[str, Any] | None = None, table: str = "") -> Answer:
    return {"ok": status == RIGHT, "status": status, "verdict": verdict, "table": table, "facts": plain(facts or {})}
