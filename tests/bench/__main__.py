"""`python -m tests.bench [--page FILE] [NAME ...]`: run all benchmarks, or those named."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import os
import pkgutil
import platform
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import tests.bench

PAGE = """\
# Benchmarks

What this printed in a clone, on {machine}, {cores} cores, {python}. Speed is told as a ratio to a peer that ran in
turns with it; seconds alone would say more of the machine.

```text
$ {command}
```

{sections}"""


ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""What is timed is the processor's time: of several threads it would be more than anybody waits."""


MICROGRAD = Path("demos/docs/pages/ideas/micrograd.md")
"""The page of the documents in which the figures of the moons demo stand, too."""
ROW = re.compile(r"^\| one step of the moons demo .*$", re.MULTILINE)


class _Both(io.StringIO):
    """What is printed is seen at once, and kept."""

    def write(self, text: str) -> int:
        if sys.__stdout__ is not None:
            sys.__stdout__.write(text)
        return super().write(text)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the modules of this folder that have a `main`, in order of their names."""
    modules = [module for module in pkgutil.iter_modules(tests.bench.__path__) if not module.ispkg]
    known = [module.name for module in modules if module.name != "__main__"]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=main.__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"one of {', '.join(known)}")
    parser.add_argument("--page", type=Path, help="write what they print to this page of the documents, too")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in known]
    if unknown:
        sys.exit(f"no benchmark is called {unknown[0]!r}; there are: {', '.join(known)}")
    os.environ.update(ONE_THREAD)  # before a benchmark loads NumPy
    printed = {}
    for name in options.names or known:
        with contextlib.redirect_stdout(_Both()) as kept:
            print(f"\n{name}")
            before = sum(os.times()[:4])
            importlib.import_module(f"tests.bench.{name}").main()
            print(f"  measured in {sum(os.times()[:4]) - before:,.0f} s of the processor")
        printed[name] = kept.getvalue().partition(name)[2]
    if options.page is not None:
        command = " ".join(["python -m tests.bench", *options.names]) if options.names else "make bench"
        text = page(printed, command)
        options.page.write_text(text, encoding="utf-8")
        if "moons" in printed:
            MICROGRAD.write_text(ROW.sub(moons_row(text), MICROGRAD.read_text("utf-8")), encoding="utf-8")


def page(printed: dict[str, str], command: str) -> str:
    """What the benchmarks that a command ran printed, by their names: under each what the module says that it is."""
    sections = []
    for name, text in printed.items():
        about = (importlib.import_module(f"tests.bench.{name}").__doc__ or "").strip()
        lines = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
        sections.append(f"## {name}\n\n{about}\n\n```text\n{lines}\n```\n")
    return PAGE.format(
        command=command,
        machine=f"{platform.system()} {platform.machine()}",
        cores=os.cpu_count(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        sections="\n".join(sections),
    )


def moons_row(benchmarks: str) -> str:
    """Return the line of the page on micrograd that says what the benchmarks say of the moons demo."""
    section = benchmarks.partition("## moons")[2].partition("\n## ")[0]
    name, python = re.findall(r"micrograd [\d.]+\d", section)[0], re.findall(r"Python (3\.\d+)", section)[0]
    times = re.findall(rf"{name} +forward.* x +[\d.]+ +([\d.]+) +([\d.]+)", section)
    (back, both), *_, (_, both_off) = [tuple(map(float, some)) for some in times]
    mine, theirs = map(float, re.findall(r"([\d.]+) MB \(micrograd ([\d.]+)", section)[0])
    return (
        f"| one step of the moons demo on Python {python}, against {name} | 1 | {both:.0f} times faster with CPython's "
        f"garbage collector as it is, {both_off:.1f} times with it off; the backward pass alone {back:.1f} times; it "
        f"takes 1/{theirs / mine:.0f} of the memory ([measured](benchmarks.md)) |"
    )


if __name__ == "__main__":
    main()
