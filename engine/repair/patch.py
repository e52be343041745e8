"""The edits that fix, as a unified diff of the user's file: its text stays as it is, but for what is changed."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Sequence

from .search import Edit
from .source import lines_of
from .tree import Statement, is_hook


def patch_of(edits: Sequence[Edit]) -> str:
    """Return the diff, file by file; "" where a text is not to be had."""
    found = ""
    for file in dict.fromkeys(edit.source[0] for edit in edits):
        before = lines_of(file)
        after = list(before)
        own = [one for one in edits if one.source[0] == file]
        own.sort(key=lambda one: (not one.block, one.source), reverse=True)
        for edit in own:
            if edit.block and (edit is not own[-1] or len(after) != len(before)):  # its lines may have moved
                return ""
            _change(after, edit)
        name = file.replace("\\", "/").rpartition("/")[2]
        diff = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", n=2)
        found += "".join(line if line.endswith("\n") else f"{line}\n" for line in diff)
    return found


def _change(lines: list[str], edit: Edit) -> None:
    """Put the new text in, with brackets where it needs some; else write the whole statement anew."""
    statement, old, new = edit.statement, edit.old, edit.text
    assert isinstance(old, (ast.expr, ast.stmt))
    if old is not statement:
        new = _keep_user_spelling(ast.unparse(ast.parse(new)), lines, old)
        changed = _splice(lines, old, new)
        lines[:] = changed if _reads_as(changed, edit) else _splice(lines, old, f"({new})")
        return
    first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
    if edit.block:
        block: list[Statement] = [one for one in edit.block if not is_hook(one)]
        at = block.index(statement)
        to = block[at + 1].lineno - 1 if block[at + 1 :] else block[at - 1].end_lineno or 0
        own = lines[first:last]
        lines[min(first, to) : max(last, to)] = [*lines[last:to], *own] if to > first else [*own, *lines[to:first]]
        return
    indent = lines[first][: statement.col_offset]
    beside = [one for one in getattr(edit.slot.holder, edit.slot.field) if not is_hook(one)]
    is_left_out = new == "pass" and len(beside) > 1
    lines[first:last] = [] if is_left_out else [f"{indent}{line}\n" for line in new.splitlines()]


def _keep_user_spelling(text: str, lines: Sequence[str], old: ast.expr | ast.stmt) -> str:
    """Return the new text, with what stays of the old one as the user wrote it."""
    source = "".join(lines)
    for one in ast.walk(old):
        written = ast.get_source_segment(source, one) if isinstance(one, ast.expr) else None
        if written is not None and "\n" not in written and ast.unparse(one) != written and not _count_unopened(written):
            text = text.replace(ast.unparse(one), written)
    return text


def _splice(lines: Sequence[str], old: ast.expr | ast.stmt, text: str) -> list[str]:
    """Return the lines of a file with the text of one expression or statement replaced."""
    first, last = old.lineno - 1, (old.end_lineno or old.lineno) - 1
    start = lines[first].encode()[: old.col_offset].decode()
    end = lines[last].encode()[old.end_col_offset or 0 :].decode()
    if isinstance(old, ast.BinOp) and first == last:  # what has lost its front may begin with a bracket
        own = lines[first][len(start) : len(lines[first]) - len(end)]
        for _ in range(_count_unopened(own)):
            start = start[: start.rindex("(")]
    return [*lines[:first], f"{start}{text}{end}", *lines[last + 1 :]]


def _count_unopened(text: str) -> int:
    """Count the brackets that are closed in it and stand open before it."""
    return max(text.count(")") - text.count("("), 0)


def _reads_as(changed: Sequence[str], edit: Edit) -> bool:
    """Tell whether the text, read again, is the statement with the edit made, and nothing else."""
    at = type(edit.statement), edit.statement.lineno, edit.statement.col_offset
    try:
        found = ast.walk(ast.parse("".join(changed)))
    except SyntaxError:
        return False
    there = [one for one in found if (type(one), getattr(one, "lineno", 0), getattr(one, "col_offset", 0)) == at]
    edit.slot.put(ast.parse(edit.text, mode="eval").body)
    try:
        made = ast.parse(ast.unparse(edit.statement))
        heads = [ast.unparse(one).splitlines()[0] for one in (*there[:1], made)]  # the hooks stand in the body alone
        return bool(there) and heads[0] == heads[1]
    finally:
        edit.slot.put(edit.old)
