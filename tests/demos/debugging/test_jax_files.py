"""`handgrad debug` of a file that uses JAX."""

import textwrap
from importlib.util import find_spec

import pytest
from click.testing import CliRunner

from handgrad.demos.cli import main
from tests.optional import only_where

RULE = """
import jax
import jax.numpy as jnp

@jax.custom_vjp
def square(x):
    return x * x

square.defvjp(lambda x: (square(x), x), lambda x, g: (2 * x * g,))

def loss(w, x):
    return jnp.mean(square(x @ w))

step = jax.jit(jax.value_and_grad(loss))
w = jnp.ones(2)
while True:
    value, d = step(w, jnp.array([[1.0, -2.0], [0.5, 3.0], [2.0, 1.0]]))
    w = w - 0.1 * d
"""


@pytest.fixture
def debug(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def run(text):
        (tmp_path / "mine.py").write_text(textwrap.dedent(text), encoding="utf-8")
        return CliRunner().invoke(main, ["debug", "mine.py", "--no-picture", "--quick"])

    return run


def test_a_file_that_leaves_all_gradients_to_jax_is_refused_before_it_runs(debug):
    result = debug("import jax.numpy as jnp\n\nraise SystemExit(5)\n")
    assert result.exit_code == 2
    assert "neither a jax.custom_vjp nor NumPy" in " ".join(result.output.split())


@pytest.mark.rest
@only_where(find_spec("jax"), "jax is not installed")
@pytest.mark.parametrize(("slope", "status"), [("2 * x * g", 0), ("x * g", 1)])
def test_a_rule_is_checked_where_the_file_takes_its_first_gradient(debug, slope, status):
    result = debug(RULE.replace("2 * x * g", slope))
    assert result.exit_code == status, result.output
    assert "square.x" in result.output


@pytest.mark.rest
@only_where(find_spec("jax"), "jax is not installed")
def test_a_rule_whose_gradient_is_never_taken_is_refused(debug):
    result = debug(RULE.partition("step =")[0])
    assert result.exit_code == 2
    assert "takes no gradient when it runs" in " ".join(result.output.split())
