"""A session of `handgrad practice`, typed beforehand."""

from tests.demos.commands import handgrad


def practise(text, *options):
    return handgrad("practice", "--seed", "7", *options, input=text)
