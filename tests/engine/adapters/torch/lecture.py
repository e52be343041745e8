"""The exercise of makemore's fourth part on tensors: a batch norm network, all of its gradients by hand."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F

N, BLOCK, EMBED, HIDDEN, VOCAB = 32, 3, 10, 64, 27


class Lecture:
    """The forward, in single precision as there, with the lecture's names as attributes."""

    def __init__(self) -> None:
        g = torch.Generator().manual_seed(2147483647)

        def parameter(*shape: int, scale: float = 1.0, shift: float = 0.0) -> Any:
            return (torch.randn(shape, generator=g) * scale + shift).requires_grad_()

        self.Xb = torch.randint(0, VOCAB, (N, BLOCK), generator=g)
        self.Yb = torch.randint(0, VOCAB, (N,), generator=g)
        self.C = parameter(VOCAB, EMBED)
        self.W1 = parameter(EMBED * BLOCK, HIDDEN, scale=0.3)
        self.b1 = parameter(HIDDEN, scale=0.1)
        self.W2 = parameter(HIDDEN, VOCAB, scale=0.1)
        self.b2 = parameter(VOCAB, scale=0.1)
        self.bngain = parameter(1, HIDDEN, scale=0.1, shift=1.0)
        self.bnbias = parameter(1, HIDDEN, scale=0.1)
        self.emb = self.C[self.Xb]
        self.embcat = self.emb.view(N, -1)
        self.hprebn = self.embcat @ self.W1 + self.b1
        self.bnmeani = 1 / N * self.hprebn.sum(0, keepdim=True)
        self.bndiff = self.hprebn - self.bnmeani
        self.bndiff2 = self.bndiff**2
        self.bnvar = 1 / (N - 1) * self.bndiff2.sum(0, keepdim=True)
        self.bnvar_inv = (self.bnvar + 1e-5) ** -0.5
        self.bnraw = self.bndiff * self.bnvar_inv
        self.hpreact = self.bngain * self.bnraw + self.bnbias
        self.h = torch.tanh(self.hpreact)
        self.logits = self.h @ self.W2 + self.b2
        self.logit_maxes = self.logits.max(1, keepdim=True).values
        self.norm_logits = self.logits - self.logit_maxes
        self.counts = self.norm_logits.exp()
        self.counts_sum = self.counts.sum(1, keepdim=True)
        self.counts_sum_inv = self.counts_sum**-1
        self.probs = self.counts * self.counts_sum_inv
        self.logprobs = self.probs.log()
        self.loss = -self.logprobs[range(N), self.Yb].mean()

    def by_hand(self, mistake: str = "") -> dict[str, tuple[Any, Any]]:
        """All gradients as the lecture works them out, with one mistake."""
        dlogprobs = torch.zeros_like(self.logprobs)
        dlogprobs[range(N), self.Yb] = -1.0 / N
        dprobs = (1.0 / self.probs) * dlogprobs
        dcounts_sum_inv = (self.counts * dprobs).sum(1, keepdim=True)
        dcounts = self.counts_sum_inv * dprobs
        dcounts_sum = (-(self.counts_sum**-2)) * dcounts_sum_inv
        if mistake == "sign":
            dcounts_sum = -dcounts_sum
        dcounts = dcounts + torch.ones_like(self.counts) * dcounts_sum
        dnorm_logits = self.counts * dcounts
        dlogits = dnorm_logits.clone()
        dlogit_maxes = (-dnorm_logits).sum(1, keepdim=True)
        dlogits += F.one_hot(self.logits.max(1).indices, num_classes=VOCAB) * dlogit_maxes
        dh = dlogits @ self.W2.T
        dW2 = self.h.T @ dlogits
        db2 = dlogits.mean(0) if mistake == "mean" else dlogits.sum(0)
        y = self.hpreact if mistake == "tanh" else self.h
        dhpreact = (1.0 - y**2) * dh
        dbngain = (self.bnraw * dhpreact).sum(0, keepdim=True)
        dbnraw = self.bngain * dhpreact
        dbnbias = dhpreact.sum(0, keepdim=True)
        dbndiff = self.bnvar_inv * dbnraw
        dbnvar_inv = (self.bndiff * dbnraw).sum(0, keepdim=True)
        dbnvar = (-0.5 * (self.bnvar + 1e-5) ** -1.5) * dbnvar_inv
        dbndiff2 = (1.0 / (N if mistake == "bessel" else N - 1)) * torch.ones_like(self.bndiff2) * dbnvar
        if mistake != "path":
            dbndiff = dbndiff + (2 * self.bndiff) * dbndiff2
        dbnmeani = (-dbndiff).sum(0, keepdim=True)
        dhprebn = dbndiff + 1.0 / N * (torch.ones_like(self.hprebn) * dbnmeani)
        dembcat = dhprebn @ self.W1.T
        dW1 = self.embcat.T @ dhprebn
        db1 = dhprebn.sum(0)
        demb = dembcat.view(self.emb.shape)
        dC = torch.zeros_like(self.C)
        for k in range(N):
            for j in range(BLOCK):
                if mistake == "rows":
                    dC[self.Xb[k, j]] = demb[k, j]
                else:
                    dC[self.Xb[k, j]] += demb[k, j]
        found = {name[1:]: gradient.detach() for name, gradient in locals().items() if name[0] == "d"}
        return {name: (getattr(self, name), gradient) for name, gradient in found.items()}
