"""A statement as the edits see it."""

import ast

from handgrad.repair.places import names_in, places_of


def places(text, *, shapes=None, names=None):
    """The expressions of a statement that an edit may change."""
    statement = ast.parse(text).body[0]
    return list(places_of(statement, names_in(statement) if names is None else names, shapes or {}, (), ()))


def changed(applies, text, **known):
    """What an edit of expressions puts somewhere into a statement."""
    return {ast.unparse(ast.parse(new)) for place in places(text, **known) for new in applies(place)}


def whole(applies, text, names=()):
    """What an edit of statements puts in the place of one."""
    return [ast.unparse(ast.parse(new)) for new in applies(ast.parse(text).body[0], names)]
