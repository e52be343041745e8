"""Products of arrays, determinants and inverses."""

from __future__ import annotations

import numpy as np

from .construct import B, Construct, M, N, V, torch

PRODUCTS = {
    "matrix and vector": Construct(lambda a, b: a @ b, None, (M, V)),
    "vector and matrix": Construct(lambda a, b: a @ b, None, (V, N)),
    "vector and vector": Construct(lambda a, b: a @ b, None, (V, V)),
    "batches": Construct(lambda a, b: a @ b, None, (B, (2, 4, 5))),
    "batches by one matrix": Construct(lambda a, b: a @ b, None, ((2, 2, 3, 4), N)),
    "broadcast batches": Construct(lambda a, b: a @ b, None, ((2, 1, 3, 4), (3, 4, 2))),
    "one matrix by batches": Construct(lambda a, b: a @ b, None, (M, (2, 4, 3))),
    "vector and batches": Construct(lambda a, b: a @ b, None, (V, (2, 4, 3))),
    "batches and vector": Construct(lambda a, b: a @ b, None, (B, V)),
    "dot": Construct(lambda a, b: np.dot(a, b), lambda a, b: a @ b, (M, N)),
    "dot of a method": Construct(lambda a, b: a.dot(b), lambda a, b: torch.tensordot(a, b, ([2], [1])), (B, (2, 4, 3))),
    "dot of a matrix and batches": Construct(
        lambda a, b: np.dot(a, b), lambda a, b: torch.tensordot(a, b, ([1], [1])), (M, (2, 4, 3))
    ),
    "dot of a vector and batches": Construct(
        lambda a, b: np.dot(a, b), lambda a, b: torch.tensordot(a, b, ([0], [1])), (V, (2, 4, 3))
    ),
    "dot of batches and a vector": Construct(lambda a, b: np.dot(a, b), lambda a, b: a @ b, (B, V)),
    "dot with a number": Construct(lambda a: np.dot(a, 2.0), lambda a: a * 2.0, (M,)),
    "vdot": Construct(lambda a, b: np.vdot(a, b), lambda a, b: (a * b).sum(), (M, M)),
    "inner": Construct(lambda a, b: np.inner(a, b), torch.inner, (M, (2, 4))),
    "outer": Construct(lambda a, b: np.outer(a, b), torch.outer, (V, (3,))),
    "tensordot": Construct(
        lambda a, b: np.tensordot(a, b, axes=([2, 1], [0, 1])),
        lambda a, b: torch.tensordot(a, b, ([2, 1], [0, 1])),
        (B, (4, 3, 2)),
    ),
    "tensordot by count": Construct(
        lambda a, b: np.tensordot(a, b, 1), lambda a, b: torch.tensordot(a, b, 1), (B, (4, 2))
    ),
    "einsum": Construct(
        lambda a, b: np.einsum("bij,bjk->bik", a, b), lambda a, b: torch.einsum("bij,bjk->bik", a, b), (B, (2, 4, 3))
    ),
    "einsum of one": Construct(lambda a: np.einsum("ij->j", a), lambda a: torch.einsum("ij->j", a), (M,)),
    "einsum, implicit": Construct(
        lambda a, b: np.einsum("ij,kj", a, b), lambda a, b: torch.einsum("ij,kj", a, b), (M, (2, 4))
    ),
    "einsum, transposing": Construct(lambda a: np.einsum("ba", a), lambda a: torch.einsum("ba", a), (M,)),
    "einsum, trace": Construct(lambda a: np.einsum("ii", a), lambda a: torch.einsum("ii", a), ((3, 3),)),
    "einsum, diagonal": Construct(
        lambda a: np.einsum("bii->bi", a), lambda a: torch.einsum("bii->bi", a), ((2, 3, 3),)
    ),
    "einsum, three": Construct(
        lambda a, b, c: np.einsum("ij,jk,kl->il", a, b, c),
        lambda a, b, c: torch.einsum("ij,jk,kl->il", a, b, c),
        (M, N, (3, 2)),
    ),
    "einsum, summed alone": Construct(
        lambda a, b: np.einsum("ij,k->k", a, b), lambda a, b: torch.einsum("ij,k->k", a, b), (M, V)
    ),
    "einsum, ellipsis": Construct(
        lambda a, b: np.einsum("...ij,...jk->...ik", a, b),
        lambda a, b: torch.einsum("...ij,...jk->...ik", a, b),
        ((5, 1, 3, 4), (2, 4, 3)),
    ),
    "einsum, ellipsis implied": Construct(
        lambda a, b: np.einsum("...j,j", a, b), lambda a, b: torch.einsum("...j,j->...", a, b), (B, V)
    ),
    "einsum, length 1": Construct(lambda a, b: np.einsum("ij,ij->i", a, b), lambda a, b: (a * b).sum(1), (M, (3, 1))),
    "einsum of itself": Construct(lambda a: np.einsum("ij,ij->", a, a), lambda a: (a * a).sum(), (M,)),
    "einsum by lists": Construct(
        lambda a, b: np.einsum(a, [0, 1], b, [2, 1], [0, 2]), lambda a, b: torch.einsum("ij,kj->ik", a, b), (M, (2, 4))
    ),
    "inv": Construct(lambda a: np.linalg.inv(a), torch.linalg.inv, ((3, 3),)),
    "inv of each": Construct(lambda a: np.linalg.inv(a), torch.linalg.inv, ((2, 3, 3),)),
    "det": Construct(lambda a: np.linalg.det(a), torch.linalg.det, ((3, 3),)),
    "det of each": Construct(lambda a: np.linalg.det(a), torch.linalg.det, ((2, 3, 3),)),
    "solve": Construct(lambda a, b: np.linalg.solve(a, b), torch.linalg.solve, ((3, 3), (3, 2))),
    "solve for a vector": Construct(lambda a, b: np.linalg.solve(a, b), torch.linalg.solve, ((3, 3), (3,))),
}
