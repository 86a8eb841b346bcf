"""Backbone: the frozen network whose features a head is trained on."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge.contract.errors import WeightsError
from training.backbones import INCEPTION, Architecture

INCEPTION_V3 = INCEPTION.name
STARTER = "starter"
INCEPTION_INPUT = INCEPTION.input_size
# Blocks of Inception v3 worth cutting at, the deepest first.
CUTS = ("mixed10", "mixed8", "mixed7")


@dataclass(frozen=True)
class Backbone:
    """A network from pixels to a feature map.

    `model` is a Keras model: float32 RGB 0 to 255, [n, input_size, input_size, 3], to float32
    [n, rows, columns, channels]; normalisation is inside. `quality` says in plain words what
    to expect of it; `digest` changes with any weight.
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


def make_backbone(
    name: str,
    trunk: Any,
    cut: str,
    weights: str,
    quality: str,
    architecture: Architecture = INCEPTION,
) -> Backbone:
    """Cut a trunk that an architecture built, and make it one of pixels 0 to 255.

    The trunk's own first layers are changed: it is of no use afterwards.

    Raises:
        WeightsError: the trunk has no such block.
    """
    import keras

    layer = architecture.find_cut(trunk, cut)
    if layer is None:
        reached = [c for c in architecture.cuts if architecture.find_cut(trunk, c) is not None]
        raise WeightsError(
            f"the weights do not reach {cut}",
            found=f"a network that ends at {reached[0] if reached else trunk.layers[-1].name}",
            expected=f"one of {name}'s cuts: {', '.join(reached)}" if reached else None,
            next_step=f"use --cut {reached[0]}" if reached else None,
        )
    model = keras.Model(trunk.inputs[0], layer.output, name=f"{name}_{cut}")
    architecture.fold(model)
    return wrap_backbone(name, model, cut, weights, quality)


def wrap_backbone(
    name: str, model: Any, cut: str, weights: str, quality: str, constants: bytes = b""
) -> Backbone:
    """Freeze a network of pixels 0 to 255 and return it as a backbone.

    `constants` are what it computes with besides its weights: they change the digest too.
    """
    model.trainable = False
    return Backbone(
        name=name,
        cut=cut,
        input_size=int(model.input_shape[1]),
        weights=weights,
        quality=quality,
        digest=_digest(model, constants),
        model=model,
    )


def _digest(model: Any, constants: bytes) -> str:
    digest = hashlib.sha256(f"{model.input_shape}{model.output_shape}".encode())
    for weight in model.weights:
        digest.update(np.ascontiguousarray(weight.numpy()).tobytes())
    digest.update(constants)
    return digest.hexdigest()[:16]
