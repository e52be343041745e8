"""The lecture's expression L = (a*b + c)*f, its gradients filled in by a learner who slips twice.

Karpathy, "The spelled-out intro to neural networks and backpropagation" (2022), from 33:45.
"""

from __future__ import annotations

from pathlib import Path

from handgrad import Comparison, Value, compare, label, manual, viz
from handgrad.viz.errors import NoRendererError

from .invocation import own_name


def build() -> dict[str, Value]:
    """Return the graph in manual mode, by the names of its variables."""
    with manual():
        a, b, c, f = Value(2.0), Value(-3.0), Value(10.0), Value(-2.0)
        e = a * b
        d = e + c
        L = d * f
        label()
    return {"a": a, "b": b, "c": c, "f": f, "e": e, "d": d, "L": L}


def fill_with_mistakes(nodes: dict[str, Value]) -> None:
    """Fill in gradients with two mistakes: d's minus is lost, a gets its own number instead of b's."""
    nodes["L"].grad = 1.0
    nodes["f"].grad = 4.0
    nodes["d"].grad = 2.0
    nodes["c"].grad = 2.0
    nodes["e"].grad = 2.0
    nodes["a"].grad = 4.0
    nodes["b"].grad = 4.0


def fix(nodes: dict[str, Value]) -> None:
    """Fix them: local derivative times upstream gradient at every step."""
    L, d, f, e, c, a, b = (nodes[name] for name in ("L", "d", "f", "e", "c", "a", "b"))
    L.grad = 1.0
    d.grad = L.grad * f.data
    f.grad = L.grad * d.data
    e.grad = d.grad
    c.grad = d.grad
    a.grad = e.grad * b.data
    b.grad = e.grad * a.data


def main(out: Path = Path("out")) -> None:
    """Print both tables and draw both pictures into `out`."""
    nodes = build()
    print("L = (a*b + c)*f, a = 2, b = -3, c = 10, f = -2. A learner fills in gradients:\n")
    fill_with_mistakes(nodes)
    show(compare(nodes["L"]), out / "quickstart")
    print("WRONG is where a mistake is made; what is carried only follows from it.")
    print("\nThe same exercise, fixed:\n")
    fix(nodes)
    show(compare(nodes["L"]), out / "quickstart_fixed")
    print(f"\nYour turn: {own_name()} sheet has this graph to fill in, {own_name()} start the course.")


def save_walk(path: Path) -> Path:
    """Draw how the first exercise turns from red to green: the README's picture."""
    nodes = build()
    fill_with_mistakes(nodes)
    return viz.save_walk(compare(nodes["L"]), path)


def show(comparison: Comparison, path: Path) -> None:
    """Print the table, and draw the picture as SVG and PNG; as its source without a renderer."""
    print(comparison)
    try:
        written = [str(viz.save(comparison, path.with_suffix(suffix))) for suffix in (".svg", ".png")]
    except NoRendererError as error:
        written = [str(viz.save(comparison, path.with_suffix(".dot")))]
        print(f"\n{error}")
    print(f"\nDrawn: {' and '.join(written)}")


if __name__ == "__main__":
    main()
