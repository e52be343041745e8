"""Checks that each step of descend(...) goes by the gradient of its own loss alone."""

import random

from zero_grad import descend

from handgrad import Value

# No 0, 1 or 2 and no two of one size, so that a slip changes the answer.
NUMBERS = (-1.7, -1.3, -0.8, -0.6, 0.7, 0.9, 1.2, 1.6)
RATE = 0.05
STEPS = 4


def run(seed):
    """What the parameters were at each step, and where they would have been in different ways."""
    w0, b0, x1, t1, x2, t2 = random.Random(seed).sample(NUMBERS, 6)
    w, b = Value(w0, "w"), Value(b0, "b")
    trace = []

    def loss_of():
        trace.append((w.data, b.data))
        return (w * x1 + b - t1) ** 2 + (w * x2 + b - t2) ** 2

    losses = descend([w, b], loss_of, RATE, STEPS)
    trace.append((w.data, b.data))

    def slopes(w, b):
        first, second = w * x1 + b - t1, w * x2 + b - t2
        return 2 * (first * x1 + second * x2), 2 * (first + second)

    def follow(kept):
        """The steps where, of the gradient that stands there, the share `kept` of each parameter stays."""
        place, grads, places = (w0, b0), (0.0, 0.0), [(w0, b0)]
        for _ in range(STEPS):
            grads = tuple(keep * old + new for keep, old, new in zip(kept, grads, slopes(*place)))
            place = tuple(number - RATE * grad for number, grad in zip(place, grads))
            places.append(place)
        return places

    def landings(w, b):
        """Where other steps lead from w and b, and what to say of each."""
        place, grads = (w, b), slopes(w, b)

        def step(times, start=place):
            return tuple(number - times * grad for number, grad in zip(start, grads))

        return (
            (step(-RATE), "They moved uphill: what does a minus do there?"),
            (step(1.0), "They moved by the whole slope: where is the rate?"),
            (step(1.0 / RATE), "They moved by slope / rate: is the slope multiplied by the rate, or divided?"),
            (step(2.0 * RATE), "They moved twice as far as that: is the step taken twice?"),
            (step(RATE, (0.0, 0.0)), "That is the step alone, without the place that it starts from: where is -=?"),
            (
                tuple(number - RATE * (grad + 1.0) for number, grad in zip(place, grads)),
                "That is where they land if each grad holds 1 when backward() adds the slope to it: "
                "at which number is a clean grad?",
            ),
            (
                tuple(number - RATE * number for number in place),
                "That is a step of rate * data: what does each parameter move along?",
            ),
        )

    def loss_at(w, b):
        return (w * x1 + b - t1) ** 2 + (w * x2 + b - t2) ** 2

    return trace, losses, follow, landings, loss_at


def is_near(place, other):
    return all(abs(number - rival) <= 1e-9 for number, rival in zip(place, other))


def clue(trace, follow, landings, step):
    here = trace[step]
    if len(trace) != STEPS + 1:
        return f"The loss was built {len(trace) - 1} times in {STEPS} steps: is it built once in each, before the step?"
    if here == (0.0, 0.0):
        return "The data are 0: is it the data that you set to 0, or the grads?"
    if step == 0:
        return "That is before the first step: what changed the data?"
    if is_near(here, trace[step - 1]):
        return (
            "They did not move at all: was the new gradient wiped out before the step was taken, "
            "or is it not the data that the step changes?"
        )
    for place, says in landings(*trace[step - 1]):
        if is_near(here, place):
            return says
    for kept, names in (((1.0, 1.0), "w.grad and b.grad"), ((0.0, 1.0), "b.grad"), ((1.0, 0.0), "w.grad")):
        if is_near(here, follow(kept)[step]):
            return (
                f"That is where they land if the gradients of earlier steps are still in {names} "
                "when backward() adds the new ones."
            )
    return "Is anything changed besides the grads?"


def test_each_step_goes_by_the_gradient_of_its_own_loss():
    for seed in range(5):
        trace, _, follow, landings, _ = run(seed)
        for step, (here, there) in enumerate(zip(trace, follow((0.0, 0.0)))):
            is_right = is_near(here, there)
            assert is_right, (
                f"Called descend([w, b], loss_of, {RATE}, {STEPS}), from w = {trace[0][0]}, b = {trace[0][1]}.\n"
                f"After step {step} it is at w = {here[0]:.6g}, b = {here[1]:.6g}.\n"
                "Expected: where a step of rate * slope leads, with the slope of that step's loss alone.\n"
                f"{clue(trace, follow, landings, step)}"
            )


def test_as_many_steps_are_taken_as_were_asked_for():
    trace, *_ = run(5)
    assert len(trace) == STEPS + 1, (
        f"Called descend([w, b], loss_of, {RATE}, {STEPS}).\nIt built the loss {len(trace) - 1} times.\n"
        f"Expected: once for each of the {STEPS} steps.\nIs the loop as it was?"
    )


def test_the_losses_before_each_step_are_returned():
    trace, losses, _, _, loss_at = run(6)
    expected = [loss_at(*place) for place in trace[:-1]]
    is_right = (
        isinstance(losses, list)
        and len(losses) == len(expected)
        and all(isinstance(loss, (int, float)) for loss in losses)
        and all(abs(float(loss) - other) <= 1e-9 for loss, other in zip(losses, expected))
    )
    assert is_right, (
        f"Called descend([w, b], loss_of, {RATE}, {STEPS}).\nIt returned {losses!r}.\n"
        "Expected: the loss before each step, a list of numbers.\nIs loss.data still noted before the step?"
    )
