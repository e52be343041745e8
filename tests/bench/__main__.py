"""`python -m tests.bench [--page FILE] [NAME ...]`: run all benchmarks of speed, or those named."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import pkgutil
import platform
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import tests.bench

PAGE = """\
# Benchmarks

What this printed in a clone, on {machine}, {cores} cores, {python}:

```text
$ {command}
```

Times are the processor's, on one thread, but where it says "by the clock". Speed is told as a ratio to a peer that ran
in turns with it in the same process; seconds alone would say more of the machine. All of it took {minutes:.0f} minutes.

Measured in another way than in 0.2.0:

- Each section has a process of its own. In one for all, the collector visited what the sections before had left: after
  them micrograd's step of moons took 26 times ours.
- Figures are medians of 3 to 21 rounds, a ratio's those of the rounds' ratios; `makemore` is timed by the processor.
- What the pytest plugin adds is timed inside one run, as two runs of the same tests differ by more.
- `compare` leaves out the graph of 260,000 nodes, `scale` those of 30,000 and 300,000 and the collector that is off.
- What counts verdicts and times nothing (`accused`, `belief`, `collected`, `grading`) is run by name, and not shown.

{sections}"""


ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""What is timed is the processor's time: of several threads it would be more than anybody waits."""


MICROGRAD = Path("demos/docs/pages/ideas/micrograd.md")
"""The page of the documents in which the figures of the moons demo stand, too."""
ROW = re.compile(r"^\| one step of the moons demo .*$", re.MULTILINE)

SURVEYS = "accused", "belief", "collected", "grading"
"""These count verdicts, for many minutes, and time nothing: they run by name alone."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the modules of this folder that have a `main`, in order of their names, each in a process of its own."""
    modules = [module for module in pkgutil.iter_modules(tests.bench.__path__) if not module.ispkg]
    known = [module.name for module in modules if module.name != "__main__"]
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=main.__doc__)
    parser.add_argument("names", metavar="NAME", nargs="*", help=f"one of {', '.join(known)}")
    parser.add_argument("--page", type=Path, help="write what they print to this page of the documents, too")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.names if name not in known]
    if unknown:
        sys.exit(f"no benchmark is called {unknown[0]!r}; there are: {', '.join(known)}")
    start = time.perf_counter()
    printed = {name: run(name) for name in options.names or known if name in options.names or name not in SURVEYS}
    if options.page is not None:
        command = " ".join(["python -m tests.bench", *options.names]) if options.names else "make bench"
        text = page(printed, command, (time.perf_counter() - start) / 60)
        options.page.write_text(text, encoding="utf-8")
        if "moons" in printed:
            MICROGRAD.write_text(ROW.sub(moons_row(text), MICROGRAD.read_text("utf-8")), encoding="utf-8")


def run(name: str) -> str:
    """Show and return what a benchmark prints, in a process of its own: the collector visits what others have left."""
    print(f"\n{name}", flush=True)
    before = sum(os.times()[2:4])
    command = [sys.executable, "-u", "-c", f"from tests.bench.{name} import main; main()"]
    lines = []
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, encoding="utf-8", env={**os.environ, **ONE_THREAD}
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    if process.returncode:
        sys.exit(f"{name} ended with status {process.returncode}")
    lines.append(f"  measured in {sum(os.times()[2:4]) - before:,.0f} s of the processor\n")
    print(lines[-1], end="")
    return "".join(lines)


def page(printed: dict[str, str], command: str, minutes: float) -> str:
    """What the benchmarks that a command ran printed, by their names: under each what the module says that it is."""
    sections = []
    for name, text in printed.items():
        about = (importlib.import_module(f"tests.bench.{name}").__doc__ or "").strip()
        lines = "\n".join(line.rstrip() for line in text.strip("\n").splitlines())
        sections.append(f"## {name}\n\n{about}\n\n```text\n{lines}\n```\n")
    return PAGE.format(
        command=command,
        machine=f"{_processor()} with {platform.system()}",
        cores=os.cpu_count(),
        python=f"{platform.python_implementation()} {platform.python_version()}",
        minutes=minutes,
        sections="\n".join(sections),
    )


def _processor() -> str:
    """Return the name of the processor's model, where the system tells it."""
    with contextlib.suppress(OSError):
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text("utf-8"), re.MULTILINE)
        if found is not None:
            return f"{found[1].strip()} ({platform.machine()})"
    return platform.machine()


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
