"""The server: the three tools under their names, for whoever speaks the Model Context Protocol."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server import MCPServer
from mcp.types import ToolAnnotations
from pydantic import Field

import handgrad

from . import tools

INSTRUCTIONS = (
    "handgrad computes whether gradients are right; it does not estimate. Where a backward pass or a gradient is in "
    "question, ask it before you say anything, and do not argue against its verdict: a gradient that it calls wrong is "
    "wrong. Point a learner at the place that it names, and leave the number to them."
)

Source = Annotated[
    str,
    Field(
        description="A small program on numbers, such as 'e = a*b; d = e + c; L = d*f; a = 2; b = -3; c = 10; f = -2'. "
        "The last node that is made is the root. Operators + - * / **, and exp log sqrt sin cos tanh sigmoid relu "
        "softplus max min."
    ),
]
Filled = Annotated[dict[str, float], Field(description="d root / d name for each name, such as {'L': 1, 'd': -2}.")]
READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
RUNS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)


def server() -> MCPServer:
    """Return a server that knows the three tools."""
    made = MCPServer("handgrad", instructions=INSTRUCTIONS, version=handgrad.__version__)

    @made.tool(annotations=RUNS)
    def check_backward(
        file: Annotated[str, Field(description="The path of a Python file, judged as it is. It is run.")] = "",
        code: Annotated[str, Field(description="Or its text.")] = "",
        forward: Annotated[str, Field(description="The forward function, where it is not called forward.")] = "",
        backward: Annotated[str, Field(description="Its backward, where it is not called backward.")] = "",
        inputs: Annotated[str, Field(description="A dict or a tuple that forward is called with, if not inputs.")] = "",
        reference: Annotated[str, Field(description="A readable forward to compare a fused one with.")] = "",
    ) -> dict[str, Any]:
        """Find the wrong line of a backward pass.

        It may be NumPy functions forward and backward with their inputs, a graph of a micrograd-like engine after its
        backward(), or torch.autograd.Functions in use.
        """
        return tools.judge_file(file, code, forward, backward, inputs, reference)

    @made.tool(annotations=READS)
    def compare(
        program: Source,
        gradients: Filled,
        reveal: Annotated[bool, Field(description="Whether to show the right numbers.")] = False,
    ) -> dict[str, Any]:
        """Judge gradients that a person computed by hand.

        The answer says which are wrong, which only follow from an earlier mistake, and what the mistake probably is.
        """
        return tools.judge_gradients(program, gradients, reveal=reveal)

    @made.tool(annotations=READS)
    def explain(
        program: Source,
        node: Annotated[str, Field(description="The name whose gradient is to be explained.")],
        gradients: Annotated[
            dict[str, float] | None,
            Field(description="Gradients that a person computed; the others are the right ones."),
        ] = None,
    ) -> dict[str, Any]:
        """Explain one gradient by the chain rule: each use, its local derivative, the upstream gradient, the sum."""
        return tools.explain_gradient(program, node, gradients)

    return made
