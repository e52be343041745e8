"""Optimizers that give PyTorch's numbers: SGD, Adam and AdamW."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from ..errors import HandgradError, UnfilledError
from ..number import finite_float
from ..value import Value
from .functional import ShapeError, a_type

State = tuple[float, ...]
"""What an optimizer remembers of one parameter; () before its first step."""


class SettingError(HandgradError, ValueError):
    """A setting is outside the range in which its formula holds.

    Args:
        where: whose setting it is.
        name: the setting.
        value: what was given.
        allowed: the range, to follow "must be".
    """

    def __init__(self, where: str, name: str, value: object, allowed: str) -> None:
        self.where, self.name, self.value, self.allowed = where, name, value, allowed
        super().__init__(f"{where}: {name}={value!r} must be {allowed}.")


class NotAParameterError(HandgradError, TypeError):
    """Something that cannot be trained was given as a parameter."""

    def __init__(self, where: str, problem: str, instead: str = "") -> None:
        self.where, self.problem = where, problem
        instead = instead or "Give leaf Values, for example model.parameters() or [w, b]."
        super().__init__(f"{where}: {problem}. {instead}")


def require_nonnegative(value: float, where: str, name: str) -> float:
    number = finite_float(value, f"{where}({name})")
    if number < 0.0:
        raise SettingError(where, name, value, "0 or more")
    return number


class Optimizer:
    """Moves parameters by their gradients; a subclass says how one parameter moves.

    Args:
        parameters: leaf Values; one that is given twice counts once.
        lr: the learning rate, 0 or more. It may be assigned between steps, as a schedule does.
        weight_decay: the pull towards 0, 0 or more.

    Attributes:
        parameters: the Values, each once.
    """

    def __init__(self, parameters: Iterable[Value], lr: float, weight_decay: float) -> None:
        self._name = type(self).__name__
        self.parameters = trainable(parameters, f"{self._name}(parameters)")
        self.lr = lr
        self.weight_decay = require_nonnegative(weight_decay, self._name, "weight_decay")
        self._states: list[State] = [() for _ in self.parameters]

    @property
    def lr(self) -> float:
        """The learning rate."""
        return self._lr

    @lr.setter
    def lr(self, rate: float) -> None:
        self._lr = require_nonnegative(rate, self._name, "lr")

    def step(self) -> None:
        """Move every parameter once, or, where an error is raised, none of them.

        Raises:
            UnfilledError: a parameter's grad is None.
            NotANumberError, NotFiniteError: a grad is no finite number, or a parameter would become none.
        """
        where = f"{self._name}.step()"
        moved = []
        for place, (parameter, state) in enumerate(zip(self.parameters, self._states)):
            name = parameter_name(parameter, place)
            if parameter.grad is None:
                raise UnfilledError(name, where)
            grad = finite_float(parameter.grad, f"{where}: grad of {name}")
            moved.append(self._move(parameter.data, grad, state))
            finite_float(moved[-1][0], f"{where}: the new data of {name}")
        for parameter, (data, _) in zip(self.parameters, moved):
            parameter.data = data
        self._states = [state for _, state in moved]

    def zero_grad(self) -> None:
        """Set the grad of every parameter to 0.0, in manual mode to None."""
        for parameter in self.parameters:
            parameter.grad = parameter.initial_grad

    def _move(self, data: float, grad: float, state: State) -> tuple[float, State]:
        """Return where one parameter goes, and its new state; change nothing."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"{self._name}({len(self.parameters)} parameters, lr={self.lr:g})"


class SGD(Optimizer):
    """data -= lr * grad, with momentum on request: v = momentum * v + (1 - dampening) * grad.

    Args:
        parameters, lr: as for every `Optimizer`.
        momentum: the share of the last velocity that is kept, 0 or more. The first velocity is the
            gradient itself, without dampening.
        dampening: the share of the gradient that the velocity does not take up.
        weight_decay: added to the gradient as weight_decay * data.
        nesterov: look ahead by one step of momentum; needs momentum above 0 and no dampening.

    Raises:
        ShapeError, NotAParameterError: there is no parameter, or one is no leaf Value.
        SettingError, NotANumberError, NotFiniteError: a setting is out of range, or no finite number.

    Source:
        The algorithm on the page of torch.optim.SGD; Sutskever et al. (2013) for momentum.

    Examples:
        >>> w = Value(1.0, "w")
        >>> optimizer = SGD([w], lr=0.25)
        >>> (w * w).backward()
        >>> optimizer.step()
        >>> w.data
        0.5
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        *,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        self.momentum = require_nonnegative(momentum, self._name, "momentum")
        self.dampening = finite_float(dampening, "SGD(dampening)")
        self.nesterov = bool(nesterov)
        if nesterov and (self.momentum == 0.0 or self.dampening != 0.0):
            raise SettingError("SGD", "nesterov", nesterov, "False unless momentum > 0 and dampening == 0")

    def _move(self, data: float, grad: float, state: State) -> tuple[float, State]:
        grad += self.weight_decay * data
        if self.momentum:
            velocity = self.momentum * state[0] + (1.0 - self.dampening) * grad if state else grad
            state = (velocity,)
            grad = grad + self.momentum * velocity if self.nesterov else velocity
        return data - self.lr * grad, state


class Adam(Optimizer):
    """data -= lr * m / (sqrt(v) + eps): m and v are running means of grad and grad^2, corrected for their start at 0.

    Args:
        parameters, lr: as for every `Optimizer`.
        betas: how much of m and of v is kept at each step, two numbers in [0, 1).
        eps: keeps the quotient finite where v is 0; 0 or more.
        weight_decay: added to the gradient as weight_decay * data.

    Raises:
        ShapeError, NotAParameterError: there is no parameter, or one is no leaf Value.
        SettingError, NotANumberError, NotFiniteError: a setting is out of range, or no finite number.

    Source:
        Kingma & Ba, Adam: a method for stochastic optimization (2015), algorithm 1; the page of
        torch.optim.Adam.

    Examples:
        >>> w = Value(1.0, "w")
        >>> optimizer = Adam([w], lr=0.1)
        >>> (w * w).backward()
        >>> optimizer.step()
        >>> round(w.data, 6)
        0.9
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr, weight_decay)
        shares = [finite_float(beta, f"{self._name}(betas)") for beta in betas] if isinstance(betas, Sequence) else []
        if len(shares) != 2 or not all(0.0 <= share < 1.0 for share in shares):
            raise SettingError(self._name, "betas", betas, "two numbers from 0 to just below 1")
        self.betas = shares[0], shares[1]
        self.eps = require_nonnegative(eps, self._name, "eps")

    def _move(self, data: float, grad: float, state: State) -> tuple[float, State]:
        return self._adapt(data, grad + self.weight_decay * data, state)

    def _adapt(self, data: float, grad: float, state: State) -> tuple[float, State]:
        """Return one number after a step, with its count and its two running means."""
        steps, mean, square = state or (0.0, 0.0, 0.0)
        first, second = self.betas
        steps += 1.0
        mean = first * mean + (1.0 - first) * grad
        square = second * square + (1.0 - second) * grad * grad
        size = math.sqrt(square / (1.0 - second**steps)) + self.eps
        # A gradient that was 0 from the start moves nothing, with eps = 0 too.
        change = mean / (1.0 - first**steps) / size if mean else 0.0
        return data - self.lr * change, (steps, mean, square)


class AdamW(Adam):
    """Adam whose weight decay shrinks the data itself, by lr * weight_decay, and stays out of m and v.

    Args:
        parameters, lr, betas, eps: as for `Adam`.
        weight_decay: the pull towards 0, 0 or more.

    Raises:
        ShapeError, NotAParameterError, SettingError, NotANumberError, NotFiniteError: as for `Adam`.

    Source:
        Loshchilov & Hutter, Decoupled weight decay regularization (2019), algorithm 2; the page of
        torch.optim.AdamW.

    Examples:
        >>> AdamW([Value(1.0, "w")], lr=0.1).weight_decay
        0.01
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 1e-3,
        betas: Sequence[float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def _move(self, data: float, grad: float, state: State) -> tuple[float, State]:
        return self._adapt(data * (1.0 - self.lr * self.weight_decay), grad, state)


def trainable(parameters: Iterable[Value], where: str) -> list[Value]:
    """Return the parameters, each once, in the order given."""
    if not isinstance(parameters, Iterable):
        raise NotAParameterError(where, f"{a_type(parameters)} is no collection of parameters")
    unique: dict[Value, None] = {}
    for place, parameter in enumerate(parameters):
        if not isinstance(parameter, Value):
            raise NotAParameterError(where, f"item {place} is {a_type(parameter)}, not a Value")
        if not parameter.is_leaf:
            raise not_a_leaf(parameter, parameter_name(parameter, place), where)
        unique[parameter] = None
    if not unique:
        raise ShapeError(where, "one parameter or more", "none")
    return list(unique)


def not_a_leaf(parameter: Value, name: str, where: str, instead: str = "") -> NotAParameterError:
    """Return the error of a parameter that is computed from others."""
    problem = f"{name} is computed by '{parameter.op}', so moving it would stale its graph"
    return NotAParameterError(where, problem, instead)


def parameter_name(parameter: Value, place: int) -> str:
    """Return its label, or its position."""
    return parameter.label or f"{place} of the parameters"
