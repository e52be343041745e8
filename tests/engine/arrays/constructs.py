"""What people's networks are written in, each construct once for NumPy and nodes and once for PyTorch."""

from __future__ import annotations

import numpy as np

from handgrad.arrays import array

from .construct import COLUMNS, FACTOR, IDS, MASK, B, Construct, M, N, V, named, torch
from .networks import NETWORKS
from .product_constructs import PRODUCTS

EVERYWHERE = (
    "exp", "expm1", "exp2", "square", "reciprocal", "negative", "positive", "sign", "sin", "cos", "arctan", "sinh",
    "cosh", "tanh",
)  # fmt: skip
ABOVE_0 = ("log", "log1p", "log2", "log10", "sqrt", "tan", "arcsin", "arccos", "arctanh")
UNARY = dict(
    [
        *(named(name, name, (M,)) for name in EVERYWHERE),
        *(named(name, name, (M,), True) for name in ABOVE_0),
        named("arcsinh", "arcsinh", (M,)),
        named("absolute", "abs", (M,)),
        named("fabs", "abs", (M,)),
    ]
)
BINARY = dict(
    [
        named("add", "add", (M, V)),
        named("subtract", "subtract", ((3, 1), V)),
        named("multiply", "multiply", (M, V)),
        named("divide", "divide", (M, (1, 4)), True),
        named("power", "pow", (M, V), True),
        named("float_power", "pow", (M, V), True),
        named("logaddexp", "logaddexp", (M, V)),
        named("maximum", "maximum", (M, V)),
        named("minimum", "minimum", (M, V)),
        named("fmax", "fmax", (M, V)),
        named("fmin", "fmin", (M, V)),
        named("arctan2", "arctan2", (M, V)),
        named("hypot", "hypot", (M, V)),
        named("matmul", "matmul", (M, N)),
    ]
)
METHODS = {
    "sigmoid": Construct(lambda x: x.sigmoid(), torch.sigmoid, (M,)),
    "relu": Construct(lambda x: x.relu(), torch.relu, (M,)),
    "erf": Construct(lambda x: x.erf(), torch.erf, (M,)),
    "softplus": Construct(lambda x: x.softplus(), torch.nn.functional.softplus, (M,)),
    "leaky_relu": Construct(lambda x: x.leaky_relu(), torch.nn.functional.leaky_relu, (M,)),
    "softmax": Construct(lambda x: x.softmax(), lambda x: torch.softmax(x, -1), (M,)),
    "log_softmax": Construct(lambda x: x.log_softmax(), lambda x: torch.log_softmax(x, -1), (M,)),
    "logsumexp": Construct(lambda x: x.logsumexp(), lambda x: torch.logsumexp(x, (0, 1)), (M,)),
}
"""Methods that NumPy's arrays lack."""


NUMPY = {
    "gelu": Construct(
        lambda x: 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
        lambda x: torch.nn.functional.gelu(x, approximate="tanh"),
        (M,),
    ),
    "sum": Construct(lambda x: np.sum(x), torch.sum, (B,)),
    "sum of an axis": Construct(lambda x: np.sum(x, axis=1), lambda x: x.sum(1), (B,)),
    "sum of a negative axis": Construct(lambda x: x.sum(-1, keepdims=True), lambda x: x.sum(-1, keepdim=True), (B,)),
    "sum of two axes": Construct(lambda x: x.sum((0, -1)), lambda x: x.sum((0, -1)), (B,)),
    "mean": Construct(lambda x: np.mean(x, axis=(0, 2), keepdims=True), lambda x: x.mean((0, 2), keepdim=True), (B,)),
    "var": Construct(lambda x: np.var(x, axis=1), lambda x: x.var(1, correction=0), (B,)),
    "var of ddof 1": Construct(lambda x: x.var(0, ddof=1, keepdims=True), lambda x: x.var(0, keepdim=True), (M,)),
    "var of all": Construct(lambda x: x.var(), lambda x: x.var(correction=0), (M,)),
    "std": Construct(lambda x: np.std(x, axis=-1), lambda x: x.std(-1, correction=0), (B,)),
    "std of ddof 1": Construct(lambda x: np.std(x, ddof=1), torch.std, (M,)),
    "max": Construct(lambda x: np.max(x, axis=1), lambda x: x.max(1).values, (B,)),
    "amax of two axes": Construct(lambda x: np.amax(x, axis=(0, 2)), lambda x: x.amax((0, 2)), (B,)),
    "max of all": Construct(lambda x: x.max(), torch.max, (M,)),
    "min": Construct(lambda x: np.min(x, axis=-1, keepdims=True), lambda x: x.min(-1, keepdim=True).values, (B,)),
    "prod": Construct(lambda x: np.prod(x, axis=1), lambda x: x.prod(1), (B,)),
    "prod of two axes": Construct(lambda x: np.prod(x, axis=(0, 2)), lambda x: x.prod(2).prod(0), (B,)),
    "cumsum": Construct(lambda x: np.cumsum(x, axis=1), lambda x: x.cumsum(1), (B,)),
    "cumsum of all": Construct(lambda x: np.cumsum(x), lambda x: x.reshape(-1).cumsum(0), (M,)),
    "add.reduce": Construct(lambda x: np.add.reduce(x), lambda x: x.sum(0), (M,)),
    "maximum.reduce": Construct(lambda x: np.maximum.reduce(x, axis=1), lambda x: x.max(1).values, (M,)),
    "logaddexp.reduce": Construct(lambda x: np.logaddexp.reduce(x, axis=1), lambda x: x.logsumexp(1), (M,)),
    "add.accumulate": Construct(lambda x: np.add.accumulate(x), lambda x: x.cumsum(0), (M,)),
    "subtract.outer": Construct(lambda a, b: np.subtract.outer(a, b), lambda a, b: a[:, None, None] - b, (V, M)),
    "ptp": Construct(lambda x: np.ptp(x, axis=0), lambda x: x.max(0).values - x.min(0).values, (M,)),
    "average": Construct(
        lambda x, w: np.average(x, axis=1, weights=w), lambda x, w: (x * w).sum(1) / w.sum(1), (M, M), True
    ),
    "diff": Construct(lambda x: np.diff(x, axis=1), lambda x: x.diff(dim=1), (M,)),
    "norm": Construct(lambda x: np.linalg.norm(x), torch.linalg.vector_norm, (M,)),
    "norm of rows": Construct(
        lambda x: x / np.linalg.norm(x, axis=-1, keepdims=True),
        lambda x: torch.nn.functional.normalize(x, dim=-1),
        (M,),
    ),
    "norm of order 1": Construct(
        lambda x: np.linalg.norm(x, 1, axis=1), lambda x: torch.linalg.vector_norm(x, 1, 1), (M,)
    ),
    "norm of order 3": Construct(
        lambda x: np.linalg.norm(x, 3, axis=1), lambda x: torch.linalg.vector_norm(x, 3, 1), (M,)
    ),
    "largest norm": Construct(
        lambda x: np.linalg.norm(x, np.inf, axis=1), lambda x: torch.linalg.vector_norm(x, np.inf, 1), (M,)
    ),
    "reshape": Construct(lambda x: np.reshape(x, (2, -1)), lambda x: x.reshape(2, -1), (M,)),
    "ravel": Construct(lambda x: np.ravel(x), torch.ravel, (B,)),
    "transpose": Construct(lambda x: np.transpose(x, (2, 0, 1)), lambda x: x.permute(2, 0, 1), (B,)),
    "T": Construct(lambda x: x.T @ x, None, (M,)),
    "mT": Construct(lambda x: x.mT @ x, None, (B,)),
    "swapaxes": Construct(lambda x: np.swapaxes(x, 0, -1), lambda x: x.swapaxes(0, -1), (B,)),
    "moveaxis": Construct(lambda x: np.moveaxis(x, 0, -1), lambda x: x.moveaxis(0, -1), (B,)),
    "moveaxis of two": Construct(lambda x: np.moveaxis(x, [0, 1], [2, 0]), lambda x: x.moveaxis((0, 1), (2, 0)), (B,)),
    "squeeze": Construct(lambda x: np.squeeze(x, 1), lambda x: x.squeeze(1), ((3, 1, 4),)),
    "expand_dims": Construct(lambda x: np.expand_dims(x, (0, 2)), lambda x: x[None, :, None], (M,)),
    "newaxis": Construct(lambda x: x[:, None, ...] * x[None], None, (M,)),
    "broadcast_to": Construct(lambda x: np.broadcast_to(x, (2, 3, 4)), lambda x: x.broadcast_to(2, 3, 4), (V,)),
    "atleast_2d": Construct(lambda x: np.atleast_2d(x), torch.atleast_2d, (V,)),
    "copy": Construct(lambda x: np.copy(x), torch.clone, (M,)),
    "concatenate": Construct(
        lambda a, b: np.concatenate([a, b, a], axis=-1), lambda a, b: torch.cat([a, b, a], -1), (M, (3, 2))
    ),
    "concatenate all": Construct(
        lambda a, b: np.concatenate([a, b], axis=None), lambda a, b: torch.cat([a.ravel(), b.ravel()]), (M, V)
    ),
    "stack": Construct(lambda a, b: np.stack([a, b, a], axis=1), lambda a, b: torch.stack([a, b, a], 1), (M, M)),
    "vstack": Construct(lambda a, b: np.vstack([a, b]), lambda a, b: torch.vstack([a, b]), (M, V)),
    "hstack": Construct(lambda a, b: np.hstack([a, b]), lambda a, b: torch.hstack([a, b]), (M, (3, 1))),
    "hstack of rows": Construct(lambda a, b: np.hstack([a, b]), lambda a, b: torch.hstack([a, b]), (V, (2,))),
    "dstack": Construct(lambda a, b: np.dstack([a, b]), lambda a, b: torch.dstack([a, b]), (M, M)),
    "column_stack": Construct(lambda a, b: np.column_stack([a, b]), lambda a, b: torch.column_stack([a, b]), ((3,), M)),
    "append": Construct(lambda a, b: np.append(a, b, axis=0), lambda a, b: torch.cat([a, b]), (M, (1, 4))),
    "split": Construct(
        lambda x: [p * (i + 1) for i, p in enumerate(np.split(x, 2, axis=1))][1],
        lambda x: torch.tensor_split(x, 2, 1)[1] * 2,
        (M,),
    ),
    "array_split": Construct(lambda x: np.array_split(x, 3, axis=1)[0], lambda x: torch.tensor_split(x, 3, 1)[0], (M,)),
    "split at": Construct(
        lambda x: np.split(x, [1, 3], axis=1)[1], lambda x: torch.tensor_split(x, (1, 3), 1)[1], (M,)
    ),
    "where": Construct(lambda a, b: np.where(a > b, a * b, b), lambda a, b: torch.where(a > b, a * b, b), (M, V)),
    "where, a number": Construct(lambda a: np.where(a > 0.0, a, 0.5), lambda a: torch.where(a > 0.0, a, 0.5), (M,)),
    "clip": Construct(lambda x: np.clip(x, -0.5, 0.5), lambda x: x.clamp(-0.5, 0.5), (M,)),
    "clip at nodes": Construct(lambda x, b: np.clip(x, -1.0, b), lambda x, b: x.clamp(min=-1.0).minimum(b), (M, V)),
    "entry": Construct(lambda x: x[1, 2] * x[0], None, (M,)),
    "slices": Construct(lambda x: x[1:, ..., ::2], None, (B,)),
    "backwards": Construct(lambda x: x[:, ::-1], lambda x: x.flip(1), (M,)),
    "rows twice": Construct(lambda x: x[IDS], lambda x: x[torch.tensor(IDS)], (M,)),
    "a list of rows": Construct(lambda x: x[[0, 0, 2]], None, (M,)),
    "entries": Construct(lambda x: x[range(3), COLUMNS], lambda x: x[torch.arange(3), torch.tensor(COLUMNS)], (M,)),
    "mixed index": Construct(lambda x: x[:, IDS, 1:3], lambda x: x[:, torch.tensor(IDS), 1:3], (B,)),
    "boolean mask": Construct(lambda x: x[x > 0.0], None, (M,)),
    "boolean rows": Construct(
        lambda x: x[np.array([True, False, True])], lambda x: x[torch.tensor([True, False, True])], (M,)
    ),
    "take": Construct(lambda x: np.take(x, IDS, axis=1), lambda x: x[:, torch.tensor(IDS)], (M,)),
    "take of all": Construct(lambda x: np.take(x, IDS), lambda x: torch.take(x, torch.tensor(IDS)), (M,)),
    "take_along_axis": Construct(
        lambda x: np.take_along_axis(x, COLUMNS[:, None], axis=1),
        lambda x: torch.take_along_dim(x, torch.tensor(COLUMNS)[:, None], 1),
        (M,),
    ),
    "sort": Construct(lambda x: np.sort(x, axis=1)[:, -2:], lambda x: x.sort(1).values[:, -2:], (M,)),
    "repeat": Construct(lambda x: np.repeat(x, 3, axis=0), lambda x: x.repeat_interleave(3, 0), (M,)),
    "repeat by counts": Construct(
        lambda x: np.repeat(x, [1, 0, 2], axis=0), lambda x: x.repeat_interleave(torch.tensor([1, 0, 2]), 0), (M,)
    ),
    "tile": Construct(lambda x: np.tile(x, (2, 1, 3)), lambda x: x.repeat(2, 1, 3), (M,)),
    "roll": Construct(lambda x: np.roll(x, 2, axis=1), lambda x: x.roll(2, 1), (M,)),
    "flip": Construct(lambda x: np.flip(x, axis=0), lambda x: x.flip(0), (M,)),
    "pad": Construct(lambda x: np.pad(x, ((1, 0), (2, 1))), lambda x: torch.nn.functional.pad(x, (2, 1, 1, 0)), (M,)),
    "pad by edges": Construct(
        lambda x: np.pad(x, ((0, 0), (0, 0), (2, 1)), mode="edge"),
        lambda x: torch.nn.functional.pad(x, (2, 1), mode="replicate"),
        (B,),
    ),
    "diag of a row": Construct(lambda x: np.diag(x, 1), lambda x: torch.diag(x, 1), (V,)),
    "diag of a matrix": Construct(lambda x: np.diag(x), torch.diag, (M,)),
    "diagonal": Construct(lambda x: np.diagonal(x, 1, 1, 2), lambda x: torch.diagonal(x, 1, 1, 2), (B,)),
    "trace": Construct(lambda x: np.trace(x, 1), lambda x: x.diagonal(1).sum(), (M,)),
    "trace of each": Construct(lambda x: np.trace(x, axis1=1, axis2=2), lambda x: x.diagonal(0, 1, 2).sum(-1), (B,)),
    "trace of the first axes": Construct(lambda x: np.trace(x), lambda x: x.diagonal(0, 0, 1).sum(-1), (B,)),
    "diagonal of the first axes": Construct(lambda x: np.diagonal(x), torch.diagonal, (B,)),
    "stack, first axis": Construct(lambda a, b: np.stack([a, b]), lambda a, b: torch.stack([a, b]), (M, M)),
    "concatenate, first axis": Construct(lambda a, b: np.concatenate([a, b]), lambda a, b: torch.cat([a, b]), (B, B)),
    "append all": Construct(lambda a, b: np.append(a, b), lambda a, b: torch.cat([a.ravel(), b.ravel()]), (M, V)),
    "sort, last axis": Construct(lambda x: np.sort(x), lambda x: x.sort(-1).values, (B,)),
    "sort all": Construct(lambda x: np.sort(x, axis=None), lambda x: x.ravel().sort().values, (M,)),
    "diff of diff": Construct(lambda x: np.diff(x, n=2), lambda x: x.diff(n=2), (B,)),
    "norm of a vector of order 3": Construct(
        lambda x: np.linalg.norm(x, 3), lambda x: torch.linalg.vector_norm(x, 3), (V,)
    ),
    "norm of a matrix by name": Construct(lambda x: np.linalg.norm(x, "fro"), torch.linalg.matrix_norm, (M,)),
    "norms of matrices": Construct(
        lambda x: np.linalg.norm(x, axis=(1, 2)), lambda x: torch.linalg.matrix_norm(x), (B,)
    ),
    "smallest norm": Construct(
        lambda x: np.linalg.norm(x, -np.inf, axis=1), lambda x: torch.linalg.vector_norm(x, -np.inf, 1), (M,)
    ),
    "tril": Construct(lambda x: np.tril(x, -1), lambda x: x.tril(-1), (B,)),
    "triu": Construct(lambda x: np.triu(x), torch.triu, (M,)),
    "windows": Construct(
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 3, axis=-1), lambda x: x.unfold(-1, 3, 1), (M,)
    ),
    "rows of a matrix": Construct(
        lambda x: np.stack([row * row.sum() for row in x]), lambda x: x * x.sum(1, keepdim=True), (M,)
    ),
}

NODES = {
    "softmax of the last axis": Construct(lambda x: x.softmax(), lambda x: torch.softmax(x, -1), (B,)),
    "log_softmax of the last axis": Construct(lambda x: x.log_softmax(), lambda x: torch.log_softmax(x, -1), (B,)),
    "softmax of two axes": Construct(
        lambda x: x.softmax((1, 2)), lambda x: torch.softmax(x.reshape(2, -1), -1).reshape(2, 3, 4), (B,)
    ),
    "softmax of an axis": Construct(lambda x: x.softmax(1), lambda x: torch.softmax(x, 1), (B,)),
    "log_softmax of an axis": Construct(lambda x: x.log_softmax(0), lambda x: torch.log_softmax(x, 0), (M,)),
    "logsumexp of an axis": Construct(
        lambda x: x.logsumexp(1, keepdims=True), lambda x: torch.logsumexp(x, 1, keepdim=True), (B,)
    ),
    "leaky_relu of a slope": Construct(
        lambda x: x.leaky_relu(0.3), lambda x: torch.nn.functional.leaky_relu(x, 0.3), (M,)
    ),
    "exact gelu": Construct(lambda x: x * 0.5 * (1 + (x * FACTOR).erf()), torch.nn.functional.gelu, (M,)),
    "masked softmax": Construct(
        lambda q: np.where(MASK, q, -np.inf).softmax(-1),
        lambda q: torch.softmax(q.masked_fill(~torch.tensor(MASK), -np.inf), -1),
        ((2, 4, 4),),
    ),
    "added mask": Construct(
        lambda q: (q + np.where(MASK, 0.0, -np.inf)).softmax(-1),
        lambda q: torch.softmax(q.masked_fill(~torch.tensor(MASK), -np.inf), -1),
        ((4, 4),),
    ),
    "a number and an array": Construct(lambda x, y: x[0, 0] * y + y / x[1, 1].exp() - (x.sum() - y), None, (M, V)),
    "where, a number and an array": Construct(
        lambda x, y: np.where(np.arange(4) > 1, x.sum(), y),
        lambda x, y: torch.where(torch.arange(4) > 1, x.sum(), y),
        (M, V),
    ),
    "numbers as an array": Construct(
        lambda x: array([[x[0, 1], x.sum()], [2.0, x[0, 1]]]) @ x[:2],
        lambda x: (
            torch.stack([torch.stack([x[0, 1], x.sum()]), torch.stack([torch.tensor(2.0), x[0, 1]])]).double() @ x[:2]
        ),
        (M,),
    ),
    "rows as an array": Construct(lambda x: array([x[0], x[2] * 2.0]), lambda x: torch.stack([x[0], x[2] * 2.0]), (M,)),
    "numbers from an array": Construct(
        lambda x: sum(x[0, j].tanh() * x[1, j] for j in range(4)), lambda x: (x[0].tanh() * x[1]).sum(), (M,)
    ),
}
"""Constructs that only nodes know."""

SAME_IN_NUMPY = {**UNARY, **BINARY, **NUMPY, **PRODUCTS, **NETWORKS}
ALL = {**SAME_IN_NUMPY, **METHODS, **NODES}
