"""Neurons, layers and a multi-layer perceptron; what trains them stands beside: losses, optimizers, sanity checks."""

from .modules import MLP, Layer, Module, Neuron, UnknownActivationError

__all__ = ["MLP", "Layer", "Module", "Neuron", "UnknownActivationError"]


def __dir__() -> list[str]:
    return sorted([*__all__, "__doc__", "__file__", "__name__", "__path__"])
