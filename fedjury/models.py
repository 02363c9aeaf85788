"""The built-in models, which a task spec can name without anybody's leave."""

from torch import nn


def mlp(inputs: int = 784, hidden: int = 128, outputs: int = 10) -> nn.Module:
    """The paper's model (section VI): one fully connected layer between input and classifier.

    Initialized as in Keras, which the paper used: Glorot uniform weights, biases of zero.
    """
    layers = [nn.Linear(inputs, hidden), nn.Linear(hidden, outputs)]
    for layer in layers:
        nn.init.xavier_uniform_(layer.weight)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(nn.Flatten(), layers[0], nn.ReLU(), layers[1])
