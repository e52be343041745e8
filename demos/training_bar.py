"""How far a training has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(steps: int) -> Iterator[Callable[[int, str], None]]:
    """Show a bar in a terminal; elsewhere a line for each tenth of the way.

    Args:
        steps: how many there will be.

    Yields:
        What is called with the number of a step and what is to be said of it.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console()
    if not console.is_terminal:
        every = max(1, steps // 10)
        yield lambda step, words: print(f"step {step:>4}  {words}") if step % every == 0 or step == steps else None
        return
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, TimeElapsedColumn(), console=console) as bar:
        task = bar.add_task("", total=steps)
        yield lambda step, words: bar.update(task, completed=step, description=words)
