"""The inheritance: the student's first weights, fitted layer by layer to the teacher's.

A trunk trained from random weights on some thousand views learns little else than
these. So it starts as a pruned teacher: of each convolution's channels those are
kept that best span the rest (QR with column pivoting), and each kernel is the
least-squares fit of the teacher's outputs from the student's own inputs, as in
He, Zhang and Sun 2017, "Channel Pruning for Accelerating Very Deep Neural Networks"
(arXiv:1707.06168).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training.starter.architecture import build_starter_trunk

POSITIONS_A_PICTURE = 160
BATCH = 16
RIDGE = 1e-4
"""Added to the normal equations, relative to the mean of their diagonal."""

LEAST_DEVIATION = 1e-3
Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Sample:
    """What the teacher gives at sampled places of each layer.

    Attributes:
        pictures: float32 [N, S, S, 3] in [-1, 1].
        places: by convolution, flat indices into its output map, int64 [N, P].
        outputs: by convolution, values before ReLU, float32 [N * P, C].
    """

    pictures: Floats
    places: list[NDArray[np.int64]]
    outputs: list[Floats]


def inherit(trunk: Any, teacher: Any, pictures: Floats, seed: int) -> None:
    """Give a trunk first weights from the ImageNet trunk.

    Args:
        trunk: from `build_starter_trunk`; its weights are overwritten.
        teacher: Inception v3 up to `mixed8`, of any input size.
        pictures: float32 [N, S, S, 3] in [-1, 1], S being the trunk's input size.
        seed: chooses the places that are compared.
    """
    sample = _ask_teacher(teacher, pictures, seed)
    convolutions = _convolutions(trunk)
    for index, convolution in enumerate(convolutions):
        outputs = sample.outputs[index]
        kept = _spanning_channels(np.maximum(outputs, 0.0), convolution.filters)
        patches = _patches(trunk, convolution, pictures, sample.places[index])
        kernel, bias = _fit(patches, outputs[:, kept])
        _assign(trunk, index, patches @ kernel, kernel, bias)


def _ask_teacher(teacher: Any, pictures: Floats, seed: int) -> Sample:
    import keras

    size = pictures.shape[1]
    whole = build_starter_trunk(1.0, size)
    whole.set_weights(teacher.get_weights())
    norms = [whole.get_layer(_norm_name(i)).output for i in range(len(_convolutions(whole)))]
    model = keras.Model(whole.input, norms)
    rng = np.random.default_rng(seed)
    places = [
        rng.integers(out.shape[1] * out.shape[2], size=(len(pictures), POSITIONS_A_PICTURE))
        for out in norms
    ]
    found: list[list[Floats]] = [[] for _ in norms]
    for start in range(0, len(pictures), BATCH):
        rows = slice(start, start + BATCH)
        for index, out in enumerate(model(pictures[rows], training=False)):
            found[index].append(_take(out.numpy(), places[index][rows]))
    return Sample(pictures, places, [np.concatenate(parts) for parts in found])


def _patches(trunk: Any, convolution: Any, pictures: Floats, places: NDArray[np.int64]) -> Floats:
    """Return what the convolution sees at the places, float32 [N * P, kh * kw * C]."""
    import keras
    import tensorflow as tf

    model = keras.Model(trunk.input, convolution.input)
    parts = []
    for start in range(0, len(pictures), BATCH):
        rows = slice(start, start + BATCH)
        seen = tf.image.extract_patches(
            model(pictures[rows], training=False),
            (1, *convolution.kernel_size, 1),
            (1, *convolution.strides, 1),
            (1, 1, 1, 1),
            convolution.padding.upper(),
        )
        parts.append(_take(seen.numpy(), places[rows]))
    return np.concatenate(parts)


def _spanning_channels(activations: Floats, count: int) -> NDArray[np.int64]:
    """Return the channels, int64 [count], that best span all: QR with column pivoting."""
    from scipy.linalg import qr

    _, order = qr(activations, mode="r", pivoting=True)
    return np.sort(np.asarray(order[:count], dtype=np.int64))


def _fit(patches: Floats, outputs: Floats) -> tuple[Floats, Floats]:
    """Return the kernel [D, k] and bias [k] of the ridge regression of outputs on patches."""
    middle, level = patches.mean(axis=0), outputs.mean(axis=0)
    centred = (patches - middle).astype(np.float64)
    square = centred.T @ centred
    square[np.diag_indices_from(square)] += RIDGE * np.trace(square) / len(square) + 1e-9
    kernel = np.linalg.solve(square, centred.T @ (outputs - level)).astype(np.float32)
    return kernel, np.asarray(level - middle @ kernel, dtype=np.float32)


def _assign(trunk: Any, index: int, sums: Floats, kernel: Floats, bias: Floats) -> None:
    """Set convolution and normalisation so that each channel has unit variance before ReLU.

    The normalisation has no scale, so each channel is the teacher's divided by its
    deviation; ReLU lets that pass, and the layers after it are fitted to it.
    """
    deviation = np.maximum(sums.std(axis=0), LEAST_DEVIATION)
    convolution = trunk.get_layer(_numbered("conv2d", index))
    convolution.kernel.assign((kernel / deviation).reshape(convolution.kernel.shape))
    norm = trunk.get_layer(_norm_name(index))
    norm.moving_mean.assign(sums.mean(axis=0) / deviation)
    norm.moving_variance.assign(np.ones_like(deviation) - np.float32(norm.epsilon))
    norm.beta.assign((sums.mean(axis=0) + bias) / deviation)


def _take(maps: Floats, places: NDArray[np.int64]) -> Floats:
    """Return the values of maps [N, h, w, C] at flat places [N, P], as [N * P, C]."""
    flat = maps.reshape(len(maps), -1, maps.shape[-1])
    taken = np.take_along_axis(flat, places[..., None], axis=1)
    return taken.reshape(-1, maps.shape[-1])


def _convolutions(model: Any) -> list[Any]:
    """Return the convolutions in the order of their numbers, which is that of their making."""
    count = sum(type(layer).__name__ == "Conv2D" for layer in model.layers)
    return [model.get_layer(_numbered("conv2d", index)) for index in range(count)]


def _norm_name(index: int) -> str:
    return _numbered("batch_normalization", index)


def _numbered(name: str, index: int) -> str:
    return f"{name}_{index}" if index else name
