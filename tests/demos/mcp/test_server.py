"""The server, driven by the client of the protocol's own SDK, over the pipe that an assistant has."""

import asyncio
import sys

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from handgrad.demos.mcp import tools
from tests.patience import PATIENCE

from ...optional import needs
from .test_tools import BLACKBOARD, LECTURE

needs("mcp")


def asked(questions):
    """The tools that there are, and what they answer."""
    from mcp import Client, StdioServerParameters  # takes a second to load

    async def talk():
        server = StdioServerParameters(command=sys.executable, args=["-m", "handgrad", "mcp"])
        async with Client(server, read_timeout_seconds=PATIENCE) as client:
            listed = await client.list_tools()
            return listed.tools, [await client.call_tool(name, arguments) for name, arguments in questions]

    return asyncio.run(talk())


@pytest.mark.rest(of=3)
def test_the_tools_answer_over_the_pipe_what_they_answer_here():
    wrong = {**BLACKBOARD, "d": 2}
    listed, answers = asked(
        [
            ("compare", {"program": LECTURE, "gradients": wrong}),
            ("explain", {"program": LECTURE, "node": "d"}),
            ("check_backward", {"code": "print('on standard output')"}),
        ]
    )
    assert [tool.name for tool in listed] == ["check_backward", "compare", "explain"]
    assert all(tool.description for tool in listed)
    found = [answer.structured_content for answer in answers]
    assert found[0] == tools.judge_gradients(LECTURE, wrong)
    assert found[1] == tools.explain_gradient(LECTURE, "d")
    assert found[2]["status"] == 2


@pytest.mark.rest(of=3)
def test_an_argument_of_another_type_is_the_callers_error_and_the_server_goes_on():
    _, (bad, good) = asked(
        [
            ("compare", {"program": LECTURE, "gradients": "none"}),
            ("compare", {"program": LECTURE, "gradients": {"d": -2}}),
        ]
    )
    assert bad.is_error
    assert good.structured_content["ok"]


def test_without_the_sdk_the_command_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    result = CliRunner().invoke(main, ["mcp"])
    assert result.exit_code == 2
    assert "pip install mcp" in result.output
