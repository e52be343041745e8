"""Neurons, layers and a multi-layer perceptron, used as micrograd's are and giving the same run."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from ..errors import HandgradError, NotANumberError
from ..value import Value
from .functional import ShapeError, make_nodes, whole_number

Seed = int | random.Random | None

# As PyTorch writes each name, and the operation.
ACTIVATIONS: dict[str, tuple[str, Callable[[Value], Value]]] = {
    "relu": ("ReLU", Value.relu),
    "leaky_relu": ("LeakyReLU", Value.leaky_relu),
    "tanh": ("Tanh", Value.tanh),
    "sigmoid": ("Sigmoid", Value.sigmoid),
    "softplus": ("Softplus", Value.softplus),
}


class UnknownActivationError(HandgradError, ValueError):
    """A neuron was asked for an activation that there is none of."""

    def __init__(self, given: object) -> None:
        self.given, self.known = given, tuple(ACTIVATIONS)
        self.suggestion = next(iter(get_close_matches(str(given), ACTIVATIONS, n=1)), None)
        advice = f"Did you mean {self.suggestion!r}?" if self.suggestion else f"Use one of: {', '.join(ACTIVATIONS)}."
        super().__init__(f"activation={given!r} is not known. {advice}")


class Module:
    """Something with parameters."""

    def parameters(self) -> list[Value]:
        """Return the Values to train, in a fixed order."""
        return []

    def zero_grad(self) -> None:
        """Set the grad of every parameter to 0.0, in manual mode to None."""
        for parameter in self.parameters():
            parameter.grad = parameter.initial_grad


class Neuron(Module):
    """activation(b + w0*x0 + w1*x1 + ...), one node a product and a sum, added left to right.

    The weights start uniform in [-1, 1), the bias at 0; they are labelled `w0`, `w1`, ... and `b`.

    Args:
        nin: how many inputs it takes, 1 or more.
        nonlin: whether the activation is applied; without it the neuron is linear.
        activation: "relu", "leaky_relu", "tanh", "sigmoid" or "softplus".
        seed: an int or a `random.Random` to draw the weights from. Without it they come from the
            `random` module, in micrograd's order: after the same `random.seed(n)` they are the
            same numbers.

    Raises:
        ShapeError: `nin` is no whole number of 1 or more.
        UnknownActivationError: there is no such activation.
        NotANumberError: `seed` is something else.

    Examples:
        >>> neuron = Neuron(2, activation="tanh", seed=0)
        >>> neuron, [w.label for w in neuron.parameters()]
        (TanhNeuron(2), ['w0', 'w1', 'b'])
        >>> neuron([1.0, -2.0]).op.name
        'tanh'
    """

    def __init__(self, nin: int, nonlin: bool = True, *, activation: str = "relu", seed: Seed = None) -> None:
        if not isinstance(activation, str) or activation not in ACTIVATIONS:
            raise UnknownActivationError(activation)
        uniform = (_source(seed) or random).uniform
        self.w = [Value(uniform(-1, 1), f"w{i}") for i in range(_size(nin, "Neuron(nin)"))]
        self.b = Value(0, "b")
        self.nonlin = nonlin
        self.activation = activation

    def __call__(self, x: Iterable[Value | float]) -> Value:
        """Return the neuron's output for one example.

        Args:
            x: `nin` Values or numbers; a number becomes a constant.

        Raises:
            ShapeError: there are not `nin` of them.
            NotANumberError, NotFiniteError: one is neither a Value nor a finite real number.
        """
        return self._fire(_inputs(self, x, len(self.w)))

    def _fire(self, x: list[Value]) -> Value:
        total: Value = sum(map(operator.mul, self.w, x), self.b)
        return ACTIVATIONS[self.activation][1](total) if self.nonlin else total

    def parameters(self) -> list[Value]:
        return [*self.w, self.b]

    def __repr__(self) -> str:
        kind = ACTIVATIONS[self.activation][0] if self.nonlin else "Linear"
        return f"{kind}Neuron({len(self.w)})"


class Layer(Module):
    """Neurons side by side on the same inputs; their labels are `neuron0.w0`, `neuron0.b`, `neuron1.w0` ...

    Args:
        nin: how many inputs it takes.
        nout: how many neurons it has.
        nonlin, activation, seed: as for each `Neuron`; a seed is used once, for all of them.

    Raises:
        ShapeError, UnknownActivationError, NotANumberError: as for `Neuron`.

    Examples:
        >>> Layer(2, 3, nonlin=False)
        Layer of [LinearNeuron(2), LinearNeuron(2), LinearNeuron(2)]
    """

    def __init__(
        self, nin: int, nout: int, nonlin: bool = True, *, activation: str = "relu", seed: Seed = None
    ) -> None:
        source = _source(seed)
        self.neurons = [
            Neuron(nin, nonlin, activation=activation, seed=source) for _ in range(_size(nout, "Layer(nout)"))
        ]
        _name_parts("neuron", self.neurons)

    # Any: with `Value | list[Value]` every typed caller would have to take the two apart.
    def __call__(self, x: Iterable[Value | float]) -> Any:
        """Return one Value a neuron; the Value itself where there is one neuron.

        Args:
            x: `nin` Values or numbers; a number becomes one constant that all neurons share.

        Raises:
            ShapeError: there are not `nin` of them.
            NotANumberError, NotFiniteError: one is neither a Value nor a finite real number.
        """
        outputs = self._fire(_inputs(self, x, len(self.neurons[0].w)))
        return outputs[0] if len(outputs) == 1 else outputs

    def _fire(self, x: list[Value]) -> list[Value]:
        return [neuron._fire(x) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(repr, self.neurons))}]"


class MLP(Module):
    """Layers one after the other, the last one linear; labels are `layer0.neuron3.w1` and the like.

    Args:
        nin: how many inputs it takes.
        nouts: how many neurons each layer has, the output's last.
        activation, seed: as for each `Neuron`; a seed is used once, for all of them.

    Raises:
        ShapeError: a size is no whole number of 1 or more, or there is no layer.
        UnknownActivationError, NotANumberError: as for `Neuron`.

    Examples:
        >>> model = MLP(2, [2, 1], seed=1337)
        >>> model
        MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]
        >>> len(model.parameters()), model.parameters()[0].label
        (9, 'layer0.neuron0.w0')
        >>> score = model([1.0, -1.0])
        >>> score.backward()
    """

    def __init__(self, nin: int, nouts: Sequence[int], *, activation: str = "relu", seed: Seed = None) -> None:
        if not isinstance(nouts, Sequence) or not nouts:
            raise ShapeError("MLP(nin, nouts)", "a list with one layer size or more", repr(nouts))
        source = _source(seed)
        sizes = [nin, *nouts]
        self.layers = [
            Layer(sizes[i], nout, nonlin=i != len(nouts) - 1, activation=activation, seed=source)
            for i, nout in enumerate(nouts)
        ]
        _name_parts("layer", self.layers)

    def __call__(self, x: Iterable[Value | float]) -> Any:
        """Return one Value an output; the Value itself where there is one output.

        Args:
            x: `nin` Values or numbers; a number becomes one constant.

        Raises:
            ShapeError: there are not `nin` of them.
            NotANumberError, NotFiniteError: one is neither a Value nor a finite real number.
        """
        signals = _inputs(self, x, len(self.layers[0].neurons[0].w))
        for layer in self.layers:
            signals = layer._fire(signals)
        return signals[0] if len(signals) == 1 else signals

    def parameters(self) -> list[Value]:
        return [parameter for layer in self.layers for parameter in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(repr, self.layers))}]"


def _inputs(module: Module, x: Iterable[Value | float], expected: int) -> list[Value]:
    kind = type(module).__name__
    nodes = make_nodes(x, f"{kind}(x)", "input")
    if len(nodes) != expected:
        raise ShapeError(f"{kind}(x)", f"{expected} inputs", f"{len(nodes)}")
    return nodes


def _name_parts(name: str, parts: Sequence[Module]) -> None:
    for i, part in enumerate(parts):
        for parameter in part.parameters():
            parameter.label = f"{name}{i}.{parameter.label}"


def _source(seed: Seed) -> random.Random | None:
    """Return the generator of a seed; None for the `random` module's own."""
    if seed is None or isinstance(seed, random.Random):
        return seed
    if isinstance(seed, bool) or not isinstance(seed, int):
        raise NotANumberError(seed, "seed", "Give an int or a random.Random.")
    return random.Random(seed)


def _size(size: int, where: str) -> int:
    count = whole_number(size)
    if count is None or count < 1:
        raise ShapeError(where, "a whole number of 1 or more", repr(size))
    return count
