"""Neurons, layers and networks, with micrograd and PyTorch as oracles."""

from __future__ import annotations

import random
import subprocess
import sys

import micrograd.nn as micrograd_nn
import numpy as np
import pytest
from micrograd.engine import Value as MicrogradValue

from handgrad import HandgradError, Value, gradients, manual
from handgrad.errors import NotANumberError, NotFiniteError
from handgrad.functional import ShapeError
from handgrad.nn import MLP, Layer, Module, Neuron, UnknownActivationError

POINT = [0.3, -1.7, 0.9]


@pytest.fixture
def pair():
    """The same network here and in micrograd, drawn after the same seed."""
    random.seed(1337)
    mine = MLP(3, [4, 4, 1])
    random.seed(1337)
    return mine, micrograd_nn.MLP(3, [4, 4, 1])


def data_of(model):
    return [parameter.data for parameter in model.parameters()]


def test_the_same_random_seed_gives_micrograds_weights(pair):
    mine, theirs = pair
    assert data_of(mine) == data_of(theirs)


def test_the_output_is_micrograds_to_the_last_bit_and_so_is_every_gradient(pair):
    mine, theirs = pair
    my_loss, their_loss = mine(POINT) ** 2, theirs([MicrogradValue(x) for x in POINT]) ** 2
    my_loss.backward()
    their_loss.backward()
    assert my_loss.data == their_loss.data
    assert [p.grad for p in mine.parameters()] == pytest.approx([p.grad for p in theirs.parameters()], rel=1e-12)


def test_a_training_run_is_micrograds(pair):
    runs = []
    for model, number in zip(pair, (Value, MicrogradValue)):
        losses = []
        for _ in range(5):
            loss = (model([number(x) for x in POINT]) - 1.0) ** 2
            model.zero_grad()
            loss.backward()
            for parameter in model.parameters():
                parameter.data -= 0.01 * parameter.grad
            losses.append(loss.data)
        runs.append(losses)
    assert runs[0] == pytest.approx(runs[1], rel=1e-12)
    assert runs[0][-1] < runs[0][0]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (Neuron(3), micrograd_nn.Neuron(3)),
        (Neuron(3, nonlin=False), micrograd_nn.Neuron(3, nonlin=False)),
        (Layer(2, 3), micrograd_nn.Layer(2, 3)),
        (Layer(2, 3, nonlin=False), micrograd_nn.Layer(2, 3, nonlin=False)),
        (MLP(3, [4, 4, 1]), micrograd_nn.MLP(3, [4, 4, 1])),
    ],
)
def test_the_repr_is_micrograds(mine, theirs):
    assert repr(mine) == repr(theirs)


@pytest.mark.parametrize(
    ("activation", "name"),
    [("tanh", "Tanh"), ("sigmoid", "Sigmoid"), ("leaky_relu", "LeakyReLU"), ("softplus", "Softplus")],
)
def test_another_activation_is_named_in_the_repr_and_gives_pytorchs_output_and_gradients(activation, name, torch):
    def exact(numbers):
        return torch.tensor(numbers, dtype=torch.float64, requires_grad=True)

    model = MLP(3, [2, 2], activation=activation, seed=7)
    assert repr(model.layers[0].neurons[0]) == f"{name}Neuron(3)"
    assert repr(model.layers[1].neurons[0]) == "LinearNeuron(2)"
    (w1, b1), (w2, b2) = (
        (exact([[w.data for w in neuron.w] for neuron in layer.neurons]), exact([n.b.data for n in layer.neurons]))
        for layer in model.layers
    )
    expected = w2 @ getattr(torch.nn.functional, activation)(w1 @ exact(POINT) + b1) + b2
    outputs = model(POINT)
    assert [out.data for out in outputs] == pytest.approx(expected.tolist(), rel=1e-12)
    expected.sum().backward()
    by_node = gradients(outputs[0] + outputs[1])
    mine = [[by_node[w] for w in neuron.w] for neuron in model.layers[0].neurons]
    assert np.array(mine) == pytest.approx(w1.grad.numpy(), rel=1e-12)


def test_a_neuron_is_its_products_added_onto_the_bias_from_left_to_right():
    neuron = Neuron(2, nonlin=False)
    x = [Value(2.0), Value(3.0)]
    out = neuron(x)
    first_sum, last_product = out.operands
    bias, first_product = first_sum.operands
    assert bias is neuron.b
    assert first_product.operands == (neuron.w[0], x[0])
    assert last_product.operands == (neuron.w[1], x[1])


@pytest.mark.parametrize(
    "make", [lambda s: Neuron(3, seed=s), lambda s: Layer(3, 2, seed=s), lambda s: MLP(3, [2, 1], seed=s)]
)
def test_a_seed_gives_the_weights_of_the_seeded_random_module_and_leaves_that_module_alone(make):
    random.seed(99)
    state = random.getstate()
    seeded = data_of(make(5))
    assert random.getstate() == state
    assert seeded == data_of(make(5)) == data_of(make(random.Random(5)))
    random.seed(5)
    assert data_of(make(None)) == seeded


def test_one_seed_does_not_give_every_neuron_the_same_weights():
    first, second = Layer(2, 2, seed=0).neurons
    assert [w.data for w in first.w] != [w.data for w in second.w]


def test_labels_tell_where_a_parameter_is():
    assert [p.label for p in Neuron(2).parameters()] == ["w0", "w1", "b"]
    assert [p.label for p in Layer(1, 2).parameters()] == ["neuron0.w0", "neuron0.b", "neuron1.w0", "neuron1.b"]
    labels = [p.label for p in MLP(2, [4, 1]).parameters()]
    assert labels[10] == "layer0.neuron3.w1"
    assert len(set(labels)) == len(labels)


def test_zero_grad_makes_grads_zero_and_in_manual_mode_unfilled():
    model = MLP(2, [2, 1])
    with manual():
        by_hand = MLP(2, [2, 1])
    for parameter in model.parameters() + by_hand.parameters():
        parameter.grad = 3.0
    model.zero_grad()
    by_hand.zero_grad()
    assert {p.grad for p in model.parameters()} == {0.0}
    assert {p.grad for p in by_hand.parameters()} == {None}


def test_a_module_of_ones_own_has_what_it_says_it_has():
    class Line(Module):
        def __init__(self):
            self.slope = Value(1.0)

        def parameters(self):
            return [self.slope]

    assert Module().parameters() == []
    line = Line()
    line.slope.grad = 2.0
    line.zero_grad()
    assert line.slope.grad == 0.0


@pytest.mark.parametrize("x", [POINT, tuple(POINT), np.array(POINT), [Value(v) for v in POINT], iter(POINT)])
def test_an_input_may_be_any_sequence_of_values_or_numbers(x):
    assert MLP(3, [2, 1], seed=0)(x).data == MLP(3, [2, 1], seed=0)(POINT).data


def test_a_number_becomes_one_constant_that_all_neurons_share():
    out = Layer(1, 2, nonlin=False)([2])
    constants = {node for neuron in out for node in gradients(neuron) if node.is_constant}
    assert [node.label for node in constants] == ["2"]


def test_one_output_comes_alone_and_several_in_a_list():
    assert isinstance(MLP(2, [3, 1])([1, 2]), Value)
    assert [type(v) for v in MLP(2, [3, 2])([1, 2])] == [Value, Value]
    assert isinstance(Layer(2, 1)([1, 2]), Value)


def test_a_hidden_layer_of_one_neuron_works_where_micrograd_fails():
    model = MLP(2, [1, 1], activation="tanh", seed=1)
    (hidden,), (out,) = model.layers[0].neurons, model.layers[1].neurons
    assert model([1.0, 2.0]).data == out([hidden([1.0, 2.0])]).data


@pytest.mark.parametrize(("model", "name"), [(Neuron(2), "Neuron"), (Layer(2, 2), "Layer"), (MLP(2, [2, 1]), "MLP")])
@pytest.mark.parametrize("x", [[1.0], [1.0, 2.0, 3.0]])
def test_an_input_of_the_wrong_length_is_refused(model, name, x):
    with pytest.raises(ShapeError) as error:
        model(x)
    assert str(error.value) == f"{name}(x): expected 2 inputs, got {len(x)}."


def test_an_input_that_is_no_sequence_or_no_number_is_refused():
    with pytest.raises(ShapeError, match="got a Value"):
        MLP(1, [1])(Value(1.0))
    with pytest.raises(NotANumberError, match=r"Neuron\(x\): input 1"):
        Neuron(2)([1.0, "2"])
    with pytest.raises(NotFiniteError, match="input 0"):
        Layer(1, 2)([float("nan")])


@pytest.mark.parametrize("size", [0, -1, 2.0, True, "2", None])
def test_a_size_that_is_no_whole_number_of_one_or_more_is_refused(size):
    for make in (lambda: Neuron(size), lambda: Layer(size, 1), lambda: Layer(1, size), lambda: MLP(1, [1, size])):
        with pytest.raises(ShapeError, match="whole number of 1 or more"):
            make()


@pytest.mark.parametrize("nouts", [[], 3, None])
def test_a_network_without_layers_is_refused(nouts):
    with pytest.raises(ShapeError, match="one layer size or more"):
        MLP(2, nouts)


def test_an_unknown_activation_is_refused_with_the_nearest_name():
    with pytest.raises(UnknownActivationError) as error:
        MLP(2, [1], activation="rleu")
    assert str(error.value) == "activation='rleu' is not known. Did you mean 'relu'?"
    assert error.value.suggestion == "relu"
    assert isinstance(error.value, HandgradError)
    with pytest.raises(UnknownActivationError, match="Use one of: relu, leaky_relu, tanh, sigmoid, softplus"):
        Neuron(2, activation=None)


@pytest.mark.parametrize("seed", ["1", 1.0, True])
def test_a_seed_of_another_type_is_refused(seed):
    with pytest.raises(NotANumberError, match=r"Give an int or a random\.Random"):
        Neuron(2, seed=seed)


def test_importing_the_training_modules_does_not_import_numpy():
    code = "import handgrad.sanity, handgrad.optim, handgrad.nn, sys; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
