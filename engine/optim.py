"""Optimizers that give PyTorch's numbers."""

from .nn.optim import SGD, Adam, AdamW, NotAParameterError, Optimizer, SettingError

__all__ = ["SGD", "Adam", "AdamW", "NotAParameterError", "Optimizer", "SettingError"]
