"""Backbone: the frozen network whose features a head is trained on."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge.contract.errors import WeightsError

INCEPTION_V3 = "inception_v3"
STARTER = "starter"
INCEPTION_INPUT = 299
# Blocks of Inception v3 where it may be cut, the deepest first.
CUTS = ("mixed10", "mixed8", "mixed7")


@dataclass(frozen=True)
class Backbone:
    """A network from pixels to a feature map.

    `model` is a Keras model: float32 RGB 0 to 255, [n, input_size, input_size, 3], to float32
    [n, rows, columns, channels]; normalisation is folded into its first convolution. `quality`
    says in plain words what to expect of it; `digest` changes with any weight.
    """

    name: str
    cut: str
    input_size: int
    weights: str
    quality: str
    digest: str
    model: Any

    @property
    def channels(self) -> int:
        """Return the number of features of each cell, and of the bottleneck."""
        return int(self.model.output_shape[-1])

    def describe(self) -> dict[str, Any]:
        """Return the fields for a run file."""
        return {
            "name": self.name,
            "cut": self.cut,
            "input_size": self.input_size,
            "channels": self.channels,
            "weights": self.weights,
            "digest": self.digest,
        }


def make_backbone(name: str, trunk: Any, cut: str, weights: str, quality: str) -> Backbone:
    """Cut a trunk that takes pixels in [-1, 1] at a block, and fold the normalisation in.

    Raises:
        WeightsError: the trunk has no such block.
    """
    import keras

    if cut not in {layer.name for layer in trunk.layers}:
        reached = [block for block in CUTS if block in {layer.name for layer in trunk.layers}]
        raise WeightsError(
            f"the weights do not reach {cut}",
            found=f"a network that ends at {reached[0] if reached else trunk.layers[-1].name}",
            next_step=f"use --cut {reached[0]}" if reached else None,
        )
    model = keras.Model(trunk.input, trunk.get_layer(cut).output, name=f"{name}_{cut}")
    fold_normalisation(model)
    model.trainable = False
    return Backbone(
        name=name,
        cut=cut,
        input_size=int(model.input_shape[1]),
        weights=weights,
        quality=quality,
        digest=_digest(model),
        model=model,
    )


def fold_normalisation(model: Any) -> None:
    """Change a model of x in [-1, 1] into one of pixels p in [0, 255], x = p / 127.5 - 1.

    The first convolution W has no padding and no bias, so conv(W, p / 127.5 - 1) =
    conv(W / 127.5, p) - sum(W), and the sum goes into the moving mean of the batch
    normalisation that follows it: exact but for rounding, and no operation more.

    Raises:
        WeightsError: the model does not begin with such a pair of layers.
    """
    import keras

    convolution = next(a for a in model.layers if isinstance(a, keras.layers.Conv2D))
    normalisation = next(a for a in model.layers if isinstance(a, keras.layers.BatchNormalization))
    if convolution.use_bias or convolution.padding != "valid":
        raise WeightsError("the backbone's first convolution has a bias or a padding")
    (kernel,) = convolution.get_weights()
    convolution.set_weights([kernel / 127.5])
    shift = kernel.sum(axis=(0, 1, 2))
    mean = normalisation.moving_mean
    mean.assign(mean + shift)


def _digest(model: Any) -> str:
    digest = hashlib.sha256(f"{model.input_shape}{model.output_shape}".encode())
    for weight in model.weights:
        digest.update(np.ascontiguousarray(weight.numpy()).tobytes())
    return digest.hexdigest()[:16]
