"""Backward through the mean cross-entropy of a batch."""

from handgrad import Value


def cross_entropy_batch(z: list[list[Value]], targets: list[int]) -> None:
    """Fill in the grad of every logit, for L = the mean over rows of -log(softmax(z[i])[targets[i]]).

    Args:
        z: n rows of logits, all of one length; n from 2 to 5.
        targets: n true classes, each a place in its row.
    """
    # TODO: fill in z[i][j].grad for every row i and class j; mind the mean.
