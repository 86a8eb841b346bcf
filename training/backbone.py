"""Backbone: the frozen network whose features a head is trained on."""

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from edge.contract.errors import WeightsError
from training.backbones import INCEPTION, JOIN, Architecture

INCEPTION_V3 = INCEPTION.name
STARTER = "starter"
INCEPTION_INPUT = INCEPTION.input_size


@dataclass(frozen=True)
class Backbone:
    """A network from pixels to a feature map.

    `model` is a Keras model: float32 RGB 0 to 255, [n, input_size, input_size, 3], to float32
    [n, rows, columns, channels]; normalisation is inside. `quality` says in plain words what
    to expect of it; `digest` changes with any weight. `taps` is the number of channels of each
    layer that the map is joined of, in their order.
    """

    name: str
    cut: str
    input_size: int
    weights: str
    quality: str
    digest: str
    model: Any
    taps: tuple[int, ...] = ()

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

    layers = [architecture.find_cut(trunk, part) for part in cut.split(JOIN)]
    if None in layers:
        reached = architecture.reached(trunk)
        raise WeightsError(
            f"the weights do not reach {cut}",
            found=f"a network that ends at {trunk.layers[-1].name}",
            expected=f"one of {name}'s cuts: {', '.join(reached)}" if reached else None,
            next_step=f"use --cut {reached[0]}" if reached else None,
        )
    maps = [layer.output for layer in layers if layer is not None]
    model = keras.Model(trunk.inputs[0], joined_map(maps), name=f"{name}_{cut.replace(JOIN, '_')}")
    architecture.fold(model)
    taps = tuple(int(one.shape[-1]) for one in maps)
    return wrap_backbone(name, model, cut, weights, quality, taps=taps)


def joined_map(maps: list[Any]) -> Any:
    """Return feature maps as one: each averaged down to the cells of the first, and joined.

    Raises:
        WeightsError: a map has fewer cells than the first.
    """
    import keras

    rows = int(maps[0].shape[1])
    same = []
    for one in maps:
        stride = int(one.shape[1]) // rows
        if stride < 1:
            raise WeightsError("the cuts are joined in the wrong order", next_step="deepest first")
        size = int(one.shape[1]) - stride * (rows - 1)
        pool = keras.layers.AveragePooling2D(size, stride, padding="valid")
        same.append(one if stride == 1 and size == 1 else pool(one))
    return same[0] if len(same) == 1 else keras.layers.Concatenate(name="joined")(same)


def wrap_backbone(
    name: str,
    model: Any,
    cut: str,
    weights: str,
    quality: str,
    constants: bytes = b"",
    taps: tuple[int, ...] = (),
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
        taps=taps or (int(model.output_shape[-1]),),
    )


def _digest(model: Any, constants: bytes) -> str:
    digest = hashlib.sha256(f"{model.input_shape}{model.output_shape}".encode())
    for weight in model.weights:
        digest.update(np.ascontiguousarray(weight.numpy()).tobytes())
    digest.update(constants)
    return digest.hexdigest()[:16]
