"""Losses and softmax as functions of Values."""

from .nn.functional import ShapeError, TargetError, cross_entropy, hinge_loss, log_softmax, mse_loss, softmax

__all__ = ["ShapeError", "TargetError", "cross_entropy", "hinge_loss", "log_softmax", "mse_loss", "softmax"]
