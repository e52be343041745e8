"""`handgrad debug`: check the code of a file as it is, and name the line of the mistake, with a picture."""

from __future__ import annotations

import ast
import contextlib
import importlib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import click

import handgrad  # check_backward by it: it loads NumPy, which only this command needs
from handgrad import Comparison, HandgradError, Value, compare, label
from handgrad.names import listed

from ..loading import FileError, run, run_as_program
from ..printable import printable
from ..replies import RIGHT, WRONG, Reply, add_json_option, reply
from ..usage import UnusableError
from ..waiting import bar
from .jax_files import check_rules, uses_jax_alone
from .notebooks import Rename, program_of
from .observed import check_calls
from .observing import Observer, StepDone
from .options import Options, read
from .patch_words import speak_patch

PAIRS = (
    ("forward", "backward"), ("forward", "grads"), ("forward", "gradients"), ("loss", "backward"), ("loss", "grads"),
    ("loss", "gradients"), ("loss", "gradient"), ("loss", "grad"), ("f", "df"),
)  # fmt: skip
INPUTS = ("inputs", "INPUTS", "params", "parameters", "args")
ROOTS = ("L", "loss", "root", "out")
DRAWN = "Drawn: "


class DebugError(UnusableError):
    """It is unknown what to check."""


class _Pair(NamedTuple):
    """A forward and its backward by their names in the file."""

    forward: str
    backward: str


def check_file(
    path: Path,
    forward: str | None,
    backward: str | None,
    inputs: str | None,
    root: str | None,
    *,
    reference: str | None = None,
    gradients: str | None = None,
    loss: str = "",
    quick: bool = False,
    rename: Rename = str,
) -> Comparison:
    """Return the verdict on a file's code.

    Args:
        path: the file; it is run.
        forward, backward, inputs: names in it, such as "model.forward"; see `check_backward`.
        root: the name of a node at which their backward() has started; see `probe`.
        reference: the name of a readable forward; see `check_backward`.
        gradients, loss: see `Options`.
        quick: whether to do without experiments.
        rename: what names its lines in a sentence.

    Raises:
        DebugError: it is unknown what to check.
        FileError: there is no such file, or it cannot be run.
        HandgradError: as `check_backward`, `probe` and `compare` raise.
    """
    if _has_functions_of_torch(path) and forward is None and root is None:
        return _watch_file(path, reference, quick=quick)
    if not any((forward, backward, inputs, root, reference)) and uses_jax_alone(path):
        return check_rules(path, quick=quick)
    if any((forward, backward, inputs, root, reference)) or (gradients is None and _says_inputs(path)):
        return _check_named(path, vars(run(path)), forward, backward, inputs, root, reference, quick=quick)
    options = Options({} if gradients is None else read(gradients), loss)
    return _check_observed(path, options, rename, quick=quick)


def _check_named(
    path: Path,
    names: dict[str, Any],
    forward: str | None = None,
    backward: str | None = None,
    inputs: str | None = None,
    root: str | None = None,
    reference: str | None = None,
    *,
    quick: bool,
) -> Comparison:
    """Return the verdict on what is named, or has one of the usual names."""
    pair = None if root is not None else _pair(names, forward, backward)
    if pair is not None:
        function = None if pair.backward == pair.forward else _look_up(names, pair.backward)
        readable = None if reference is None else _look_up(names, reference)
        given = _inputs(names, pair, inputs)
        with bar() as progress:
            return handgrad.check_backward(
                _look_up(names, pair.forward), function, given, reference=readable, quick=quick, progress=progress
            )
    if forward or backward or inputs:
        raise DebugError("give both --forward and --backward, or the same name for one function that gives both.")
    return _check_graph(path, names, root, quick=quick)


def _says_inputs(path: Path) -> bool:
    """Return whether a file has inputs by a usual name, by its text."""
    own = _top_level_names(path)
    says = {name for name in own if name in INPUTS or name.endswith("_inputs") or name.startswith("inputs_")}
    pair = _find_pair(path) if says else None
    # What the forward takes or reads by that name is one of its inputs, and not all of them.
    if pair is not None and not says - _names_in(path, pair[0]):
        return False
    # Parameters are those of a pair only beside functions that are called forward and backward and nothing else.
    return pair in PAIRS or (pair is not None and not own & {"params", "parameters"})


def _names_in(path: Path, function: str) -> set[str]:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    found = [one for one in body if isinstance(one, ast.FunctionDef) and one.name == function]
    return {getattr(part, "arg", getattr(part, "id", "")) for one in found for part in ast.walk(one)}


def _top_level_names(path: Path) -> set[str]:
    try:
        body = ast.parse(path.read_text(encoding="utf-8")).body
    except (OSError, SyntaxError, ValueError):
        return set()  # running it says what is wrong
    defined = {one.name for one in body if isinstance(one, ast.FunctionDef)}
    assigned = [target for one in body if isinstance(one, ast.Assign) for target in one.targets]
    return defined | {one.id for one in assigned if isinstance(one, ast.Name)}


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
    if any(_is_node(names.get(name)) for name in ROOTS):
        return _check_graph(path, names, None, quick=quick)
    found = check_calls(observer, rename, options, quick=quick)
    if failure is not None and (isinstance(found, str) or found.ok):
        raise failure
    if isinstance(found, Comparison):
        return found
    try:
        return _check_named(path, names, quick=quick)
    except (HandgradError, DebugError) as error:
        raise DebugError(found or str(error)) from error


def _find_pair(path: Path) -> tuple[str, str] | None:
    """Return the first functions of a file that look like a forward and its backward, by its text."""
    names = {one.name for one in ast.parse(path.read_text("utf-8")).body if isinstance(one, ast.FunctionDef)}
    beside = ((name, name.replace("forward", "backward")) for name in sorted(names) if "forward" in name)
    return next((pair for pair in (*PAIRS, *beside) if set(pair) <= names), None)


def _has_functions_of_torch(path: Path) -> bool:
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return False  # running it says what is wrong
    bases = [ast.unparse(base) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases]
    return any(base == "Function" or base.endswith("autograd.Function") for base in bases)


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
            readable.update(_readable(names, reference))
    result: Comparison = found
    if not result.results:
        raise DebugError(
            f"{path} has a torch.autograd.Function, and none ran: call it in the file, and backward() too."
        )
    return result


def _readable(names: Mapping[str, Any], reference: str) -> dict[Any, Any]:
    """Return a readable forward by the Function that it is one of."""
    function, _, forward = reference.rpartition("=")
    if function:
        return {_look_up(names, function): _look_up(names, forward)}
    base = importlib.import_module("torch.autograd").Function
    own = [one for one in names.values() if isinstance(one, type) and issubclass(one, base) and one is not base]
    if len(own) != 1:
        held = listed(one.__name__ for one in own) or "none"
        raise DebugError(
            f"of which Function is {forward} the readable forward? Say --reference Function={forward}; "
            f"the file has {held}."
        )
    return {own[0]: _look_up(names, forward)}


def _pair(names: Mapping[str, Any], forward: str | None, backward: str | None) -> _Pair | None:
    """Return the functions meant: the named ones, else the first that look like a pair."""
    if forward is not None:
        return _Pair(forward, backward or _partner(names, forward, 1))
    if backward is not None:
        return _Pair(_partner(names, backward, 0), backward)
    callables = {name for name, thing in names.items() if callable(thing) and not isinstance(thing, type)}
    plain = [_Pair(*pair) for pair in PAIRS if set(pair) <= callables]
    if plain:
        return plain[0]
    found = [
        _Pair(name, other)
        for name in sorted(callables)
        if "forward" in name and (other := name.replace("forward", "backward")) in callables
    ]
    alone = next((name for name, _ in PAIRS if name in callables), None)
    if not found and alone is not None and not any(_is_node(names.get(name)) for name in ROOTS):
        others = sorted(name for name in callables if name != alone and not name.startswith("_"))
        raise DebugError(
            f"the file has {alone}, and no backward to it by a usual name: say which it is with --backward"
            + (f"; it has {listed(others)}." if others else ".")
        )
    if len(found) > 1:
        raise DebugError(
            f"there are {len(found)} pairs, such as {found[0].forward} and {found[0].backward}: say which with "
            "--forward and --backward."
        )
    return found[0] if found else None


def _partner(names: Mapping[str, Any], name: str, wanted: int) -> str:
    """Return the function that belongs to one, by its name.

    Args:
        wanted: its place in a pair.

    Raises:
        DebugError: there is none, or more than one.
    """
    for pair in PAIRS:
        if name in pair:
            other = pair[1 - pair.index(name)]
            if other in names:
                return other
    for word, other in (("forward", "backward"), ("backward", "forward")):
        if word in name:
            replaced = name.replace(word, other)
            if replaced.partition(".")[0] in names:
                return replaced
    # A name of its own beside a usual one, such as bwd beside forward.
    usual = {pair[wanted] for pair in PAIRS if callable(names.get(pair[wanted]))} - {name}
    if len(usual) == 1:
        return usual.pop()
    raise DebugError(f"say which function goes with {name}: give both --forward and --backward.")


def _look_up(names: Mapping[str, Any], dotted: str) -> Any:
    first, *rest = dotted.split(".")
    if first not in names:
        own = sorted(
            name for name, thing in names.items() if not name.startswith("_") and not isinstance(thing, ModuleType)
        )
        raise DebugError(f"the file has no {first!r}; it has {listed(own) if own else 'no names of its own'}.")
    thing = names[first]
    for attribute in rest:
        if not hasattr(thing, attribute):
            raise DebugError(f"{first} has no {attribute!r}.")
        thing = getattr(thing, attribute)
    return thing


def _inputs(names: Mapping[str, Any], pair: _Pair, inputs: str | None) -> Any:
    """Return the arguments of the forward: a dict or tuple of the file, or what a function returns."""
    stem = pair.forward.replace("forward", "").strip("_")
    wanted = [inputs] if inputs is not None else [f"{stem}_inputs", f"inputs_{stem}", f"{pair.forward}_inputs", *INPUTS]
    name = next((name for name in wanted if inputs is not None or name in names), None)
    if name is None:
        raise DebugError(
            f"what is {pair.forward} called with? Let the file have a dict or a tuple called inputs, or say with "
            "--inputs which it is."
        )
    found = _look_up(names, name)
    return found() if callable(found) else found


def _check_graph(path: Path, names: dict[str, Any], root: str | None, *, quick: bool) -> Comparison:
    """Return the verdict on the graph that the file leaves behind."""
    name = root or next((name for name in ROOTS if _is_node(names.get(name))), None)
    if name is None:
        raise DebugError(
            f"{path} has neither functions called forward and backward nor a node called "
            f"{', '.join(ROOTS[:-1])} or {ROOTS[-1]}: say what to check with --forward, --backward and --inputs, or "
            "with --root."
        )
    node = _look_up(names, name)
    if isinstance(node, Value):
        label(dict(names))
        return compare(node)
    from handgrad.adapters.micrograd.probing import probe_target  # it loads NumPy, which a graph of ours does without

    with bar() as progress:
        return probe_target(_build_of(path, names, name), names, quick=quick, progress=progress)


def _build_of(path: Path, names: dict[str, Any], root: str) -> Callable[[], Any]:
    """Return what runs the file's own statements again, without those that define or import, and gives a node of it."""
    kept = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
    tree = ast.parse(path.read_text("utf-8"))
    tree.body = [one for one in tree.body if not isinstance(one, kept)]
    code = compile(tree, str(path), "exec")

    def build() -> Any:
        exec(code, names)
        return _look_up(names, root)

    return build


def _is_node(thing: Any) -> bool:
    return isinstance(thing, Value) or (
        hasattr(thing, "grad") and hasattr(thing, "data") and hasattr(thing, "backward")
    )


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
            comparison = check_file(
                program,
                forward,
                backward,
                inputs,
                root,
                reference=reference,
                gradients=gradients,
                loss=loss,
                quick=quick,
                rename=rename,
            )
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
