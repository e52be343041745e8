"""Neurons, layers and a multi-layer perceptron; what trains them stands beside: losses, optimizers, sanity checks."""

from .modules import MLP, Layer, Module, Neuron, UnknownActivationError

__all__ = ["MLP", "Layer", "Module", "Neuron", "UnknownActivationError"]
__dir__ = __all__.copy  # and nothing that is imported here
