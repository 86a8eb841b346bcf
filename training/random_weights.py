"""Random weights: a network that knows nothing, but computes at its true speed and size."""

from typing import Any

import numpy as np

from training.backbones import Architecture

PICTURES = 12


def fill_at_random(architecture: Architecture) -> Any:
    """Return the architecture without top, with the same noise for weights at each call.

    The spread of each kernel keeps that of the signal (He et al. 2015), and each batch
    normalisation takes its mean and variance from a few blotted pictures: without that the
    features of a deep network vanish or explode, and no quantiser could do anything with them.
    """
    rng = np.random.default_rng(0)
    trunk = architecture.build()
    for weight in trunk.weights:
        if len(weight.shape) == 4:
            weight.assign(_kernel(rng, tuple(weight.shape), "depthwise" in weight.path))
    pixels = _blots(rng, architecture.input_size)
    _settle(trunk, pixels if architecture.bordered else pixels / np.float32(127.5) - 1)
    return trunk


def _kernel(rng: np.random.Generator, shape: tuple[int, ...], depthwise: bool) -> Any:
    """Return a kernel that looks at its middle above all: colours then reach the last layer."""
    rows, columns, inputs, _ = shape
    noise = rng.standard_normal(shape)
    middle = np.full((rows, columns, 1, 1), 0.1)
    middle[rows // 2, columns // 2] = 1.0
    if depthwise:
        return (middle + 0.05 * noise).astype(np.float32)
    return (middle * noise * np.sqrt(2 / inputs)).astype(np.float32)


def _blots(rng: np.random.Generator, size: int) -> Any:
    """Return float32 [PICTURES, size, size, 3], 0 to 255: each of its own colours and coarseness.

    Were they alike, so would all pictures be to the network.
    """
    pictures = []
    for at in range(PICTURES):
        cells = 2 ** (at % 4)
        field = rng.uniform(0, 255, (1, 1, 3)) * 0.6 + rng.uniform(0, 255, (cells, cells, 3)) * 0.4
        each = -(-size // cells)
        pictures.append(field.repeat(each, 0).repeat(each, 1)[:size, :size])
    noise = rng.normal(0, 10, (PICTURES, size, size, 3))
    return np.clip(np.stack(pictures) + noise, 0, 255).astype(np.float32)


def _settle(trunk: Any, pictures: Any) -> None:
    """Let the batch normalisations take their statistics from one batch."""
    import keras

    normalisations = [
        layer for layer in trunk.layers if isinstance(layer, keras.layers.BatchNormalization)
    ]
    momentums = [layer.momentum for layer in normalisations]
    for layer in normalisations:
        layer.momentum = 0.0
    for layer in trunk.layers:
        if isinstance(layer, keras.layers.Dropout):
            layer.rate = 0.0
    keras.Model(trunk.inputs[0], trunk.outputs[0])(pictures, training=True)
    for layer, momentum in zip(normalisations, momentums, strict=True):
        layer.momentum = momentum
