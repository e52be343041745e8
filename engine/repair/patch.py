"""The edits that fix, as a unified diff of the user's file: its text stays as it is, but for what is changed."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Sequence

from .search import Edit
from .source import lines_of

CONTEXT = 2


def patch_of(edits: Sequence[Edit]) -> str:
    """Return the diff, file by file; "" where a text is not to be had."""
    by_file: dict[str, list[Edit]] = {}
    for edit in edits:
        by_file.setdefault(edit.source[0], []).append(edit)
    return "".join(_of_file(file, some) for file, some in by_file.items())


def _of_file(file: str, edits: Iterable[Edit]) -> str:
    before = lines_of(file)
    after = list(before)
    for edit in sorted(edits, key=lambda one: one.source, reverse=True):
        _change(after, edit)
    name = file.replace("\\", "/").rpartition("/")[2]
    return "".join(
        line if line.endswith("\n") else f"{line}\n"
        for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", n=CONTEXT)
    )


def _change(lines: list[str], edit: Edit) -> None:
    """Put the new text in, with brackets where it needs some.

    Else write the whole statement anew.
    """
    statement, old = edit.statement, edit.old
    assert isinstance(old, (ast.expr, ast.stmt))
    indent = lines[statement.lineno - 1][: statement.col_offset]
    if edit.is_statement:
        kept = f"{ast.unparse(statement)}\n"
        if edit.text.startswith(kept):  # something after it
            added = [f"{indent}{line}\n" for line in edit.text.removeprefix(kept).split("\n")]
            lines[statement.end_lineno : statement.end_lineno] = added
            return
        new = "".join(f"{indent}{line}\n" for line in edit.text.split("\n") if line != "pass")
        if edit.text == "pass":
            new = f"{indent}pass\n" if _is_alone(edit) else ""
        lines[statement.lineno - 1 : statement.end_lineno] = [new] if new else []
        return
    shown = _as_they_write(ast.unparse(ast.parse(edit.text)), lines, old)
    for text in (shown, f"({shown})"):
        changed = _spliced(lines, old, text)
        if _reads_as(changed, lines, edit):
            lines[:] = changed
            return
    lines[:] = _spliced(lines, old, f"({shown})")


def _as_they_write(text: str, lines: Sequence[str], old: ast.expr | ast.stmt) -> str:
    """Return the new text, with what stays of the old one as the user wrote it.

    Quotes, spaces and all.
    """
    source = "".join(lines)
    for one in ast.walk(old):
        written = ast.get_source_segment(source, one) if isinstance(one, ast.expr) else None
        if written is not None and "\n" not in written and ast.unparse(one) != written and not _unopened(written):
            text = text.replace(ast.unparse(one), written)
    return text


def _is_alone(edit: Edit) -> bool:
    held = getattr(edit.slot.holder, edit.slot.field)
    return isinstance(held, list) and sum(isinstance(one, ast.stmt) and hasattr(one, "end_lineno") for one in held) == 1


def _spliced(lines: Sequence[str], old: ast.expr | ast.stmt, text: str) -> list[str]:
    first, last = old.lineno - 1, (old.end_lineno or old.lineno) - 1
    start = lines[first].encode()[: old.col_offset].decode()
    end = lines[last].encode()[old.end_col_offset or 0 :].decode()
    if isinstance(old, ast.BinOp) and first == last:  # what has lost its front may begin with a bracket
        own = lines[first][len(start) : len(lines[first]) - len(end)]
        for _ in range(_unopened(own)):
            start = start[: start.rindex("(")]
    return [*lines[:first], f"{start}{text}{end}", *lines[last + 1 :]]


def _unopened(text: str) -> int:
    """Count the brackets that are closed in it and stand open before it."""
    return max(text.count(")") - text.count("("), 0)


def _reads_as(changed: Sequence[str], lines: Sequence[str], edit: Edit) -> bool:
    """Tell whether the text, read again, is the statement with the edit made, and nothing else."""
    try:
        found = ast.parse("".join(changed))
    except SyntaxError:
        return False
    there = next((one for one in ast.walk(found) if _starts_as(one, edit.statement)), None)
    if there is None:
        return False
    wanted = ast.parse(edit.text).body[0]
    assert isinstance(wanted, ast.Expr)
    edit.slot.put(wanted.value)
    try:
        return ast.unparse(there) == ast.unparse(ast.parse(ast.unparse(edit.statement)))
    finally:
        edit.slot.put(edit.old)


def _starts_as(one: ast.AST, other: ast.stmt | ast.Lambda) -> bool:
    at = (getattr(one, "lineno", 0), getattr(one, "col_offset", 0))
    return type(one) is type(other) and at == (other.lineno, other.col_offset)
