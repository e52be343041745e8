"""`handgrad debug`: check the code of a file as it is, and name the line of the mistake, with a picture."""

from __future__ import annotations

import ast
import contextlib
import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

import handgrad  # check_backward by it: it loads NumPy, which only this command needs
from handgrad import Comparison, HandgradError, Value, compare, label

from ..loading import FileError, run, run_as_program
from ..printable import printable
from ..replies import RIGHT, WRONG, Reply, add_json_option, reply
from ..usage import UnusableError
from ..waiting import bar
from .file_text import has_functions_of_torch, read_tree, says_inputs, uses_jax_alone
from .jax_files import check_rules
from .naming import (
    NOTHING_NAMED,
    ROOTS,
    DebugError,
    Named,
    choose_pair,
    find_root,
    look_up,
    look_up_inputs,
    look_up_reference,
)
from .notebooks import Rename, program_of
from .observed import check_calls
from .observing import Observer, StepDone
from .options import Options, read
from .patch_words import speak_patch

DRAWN = "Drawn: "


def check_file(
    path: Path,
    named: Named = NOTHING_NAMED,
    *,
    gradients: str | None = None,
    loss: str = "",
    quick: bool = False,
    rename: Rename = str,
) -> Comparison:
    """Return the verdict on a file's code.

    Args:
        path: the file; it is run.
        named: what to check in it, if that is not to be found out.
        gradients, loss: see `Options`.
        quick: whether to do without experiments.
        rename: what names its lines in a sentence.

    Raises:
        DebugError: it is unknown what to check.
        FileError: there is no such file, or it cannot be run.
        HandgradError: as `check_backward`, `probe` and `compare` raise.
    """
    if has_functions_of_torch(path) and named.forward is None and named.root is None:
        return _watch_file(path, named.reference, quick=quick)
    if not any(named) and uses_jax_alone(path):
        return check_rules(path, quick=quick)
    if any(named) or (gradients is None and says_inputs(path)):
        return _check_named(path, vars(run(path)), named, quick=quick)
    options = Options({} if gradients is None else read(gradients), loss)
    return _check_observed(path, options, rename, quick=quick)


def _check_named(path: Path, names: dict[str, Any], named: Named, *, quick: bool) -> Comparison:
    """Return the verdict on what is named, or has one of the usual names."""
    pair = None if named.root is not None else choose_pair(names, named)
    if pair is not None:
        backward = None if pair.backward == pair.forward else look_up(names, pair.backward)
        reference = None if named.reference is None else look_up(names, named.reference)
        inputs = look_up_inputs(names, pair, named.inputs)
        forward = look_up(names, pair.forward)
        with bar() as progress:
            return handgrad.check_backward(
                forward, backward, inputs, reference=reference, quick=quick, progress=progress
            )
    if named.forward or named.backward or named.inputs:
        raise DebugError("give both --forward and --backward, or the same name for one function that gives both.")
    return _check_graph(path, names, named.root, quick=quick)


def _check_observed(path: Path, options: Options, rename: Rename, *, quick: bool) -> Comparison:
    """Run a file as a program, and return the verdict on what it calls in its first step."""
    observer = Observer(path)
    names: dict[str, Any] = {}
    failure: FileError | None = None
    with observer.observe(), contextlib.suppress(StepDone):
        try:
            names = vars(run(path, name="__main__"))
        except FileError as error:
            failure, observer.has_failed = error, True
    if find_root(names) is not None:
        return _check_graph(path, names, None, quick=quick)
    found = check_calls(observer, rename, options, quick=quick)
    if failure is not None and (isinstance(found, str) or found.ok):
        raise failure
    if isinstance(found, Comparison):
        return found
    try:
        return _check_named(path, names, NOTHING_NAMED, quick=quick)
    except (HandgradError, DebugError) as error:
        raise DebugError(found or str(error)) from error


def _watch_file(path: Path, reference: str | None, *, quick: bool) -> Comparison:
    """Check the calls of torch.autograd.Functions while the file runs.

    Args:
        reference: the name of a readable forward of the one Function, or Function=forward.
        quick: whether to do without experiments.
    """
    try:
        watch = importlib.import_module("handgrad.adapters.torch").watch
    except ImportError as error:
        raise DebugError(f"{path} has a torch.autograd.Function. {error}") from error
    readable: dict[Any, Any] = {}
    with bar() as progress, watch(reference=readable, quick=quick, progress=progress) as found:
        names = vars(run(path))
        if reference is not None:
            readable.update(look_up_reference(names, reference))
    result: Comparison = found
    if not result.results:
        raise DebugError(
            f"{path} has a torch.autograd.Function, and none ran: call it in the file, and backward() too."
        )
    return result


def _check_graph(path: Path, names: dict[str, Any], root: str | None, *, quick: bool) -> Comparison:
    """Return the verdict on the graph that the file leaves behind."""
    name = root or find_root(names)
    if name is None:
        raise DebugError(
            f"{path} has neither functions called forward and backward nor a node called "
            f"{', '.join(ROOTS[:-1])} or {ROOTS[-1]}: say what to check with --forward, --backward and --inputs, or "
            "with --root."
        )
    node = look_up(names, name)
    if isinstance(node, Value):
        label(dict(names))
        return compare(node)
    from handgrad.adapters.micrograd.probing import probe_target  # it loads NumPy, which a graph of ours does without

    with bar() as progress:
        return probe_target(_build_of(path, names, name), names, quick=quick, progress=progress)


def _build_of(path: Path, names: dict[str, Any], root: str) -> Callable[[], Any]:
    """Return what runs the file's own statements again, without those that define or import, and gives a node of it."""
    kept = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    tree = read_tree(path)
    tree.body = [one for one in tree.body if not isinstance(one, kept)]
    code = compile(tree, str(path), "exec")

    def build() -> Any:
        exec(code, names)
        return look_up(names, root)

    return build


def _draw(comparison: Comparison, path: Path) -> str:
    """Draw the picture, and return a sentence on where it is, or why there is none."""
    from handgrad import viz  # the other commands start without it

    try:
        return f"{DRAWN}{viz.save(comparison, path)}"
    except HandgradError as error:
        return f"Not drawn: {error}"


@click.command("debug")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--forward", metavar="F", help="A function of FILE, such as forward or model.forward.")
@click.option("--backward", metavar="B", help="Its backward; the same name if one function returns loss and gradients.")
@click.option(
    "--inputs", metavar="I", help="A dict or a tuple of FILE to call forward with, or a function that returns one."
)
@click.option(
    "--reference",
    metavar="R",
    help="A readable forward of FILE with the same output, for a fused one; for torch's Functions, Function=R.",
)
@click.option(
    "--gradients",
    metavar="W1=dW1,...",
    help="For a script without functions: which of its names are the gradients of which.",
)
@click.option("--loss", metavar="NAME", default="", help="For such a script: the name of the loss.")
@click.option("--root", metavar="NAME", help="A node of FILE, of your own engine or of ours, where backward started.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The picture: .svg, .png or .dot.  [default: out/FILE.svg]",
)
@click.option("--no-picture", "is_drawn", flag_value=False, default=True, help="Only print the verdict.")
@click.option("--patch", "is_patched", is_flag=True, help="Print the smallest edit that fixes it, too.")
@click.option(
    "--quick",
    is_flag=True,
    help="Skip the experiments, which take a few seconds if something is wrong, at most 20.",
)
@add_json_option("debug")
def debug_command(
    file: Path,
    forward: str | None,
    backward: str | None,
    inputs: str | None,
    reference: str | None,
    gradients: str | None,
    loss: str,
    root: str | None,
    out: Path | None,
    is_drawn: bool,
    is_patched: bool,
    quick: bool,
    as_json: bool,
) -> Reply | None:
    """Find the wrong line in a backward pass of your own.

    FILE is Python or a notebook: NumPy functions or classes that train, a script without functions, a graph of an
    engine of your own after its backward(), or torch.autograd.Functions or JAX's custom_vjp functions in use. It is
    run unchanged, up to the end of its first step, and what it calls is checked. Exit status: 0 if nothing is wrong,
    1 if something is, 2 if it cannot be checked.
    """
    from handgrad.viz.text import table

    rename: Rename = str
    try:
        with program_of(file) as (program, rename), run_as_program(program):
            named = Named(forward, backward, inputs, root, reference)
            comparison = check_file(program, named, gradients=gradients, loss=loss, quick=quick, rename=rename)
            comparison.remark = f"{speak_patch(comparison.patch)} {comparison.remark}".strip()
            shown = rename(str(comparison) if as_json else table(comparison))
    except (HandgradError, UnusableError) as error:
        raise DebugError(rename(str(error))) from None
    picture = out or Path("out") / f"{file.stem}.svg"
    if as_json:
        drawn = picture if is_drawn and _draw(comparison, picture).startswith(DRAWN) else None
        found = {
            "file": str(file),
            "table": shown,
            "picture": None if drawn is None else str(drawn),
            "patch": rename(comparison.patch),
            "comparison": comparison.to_dict(),
        }
        return reply("debug", RIGHT if comparison.ok else WRONG, [found])
    click.echo(shown)
    if is_patched and not comparison.ok:
        click.echo(printable(f"\n{rename(comparison.patch) or 'No small edit was found that fixes it.'}".rstrip()))
    if is_drawn:
        click.echo(printable(f"\n{_draw(comparison, picture)}"))
    if not comparison.ok:
        raise click.exceptions.Exit(1)
    return None
