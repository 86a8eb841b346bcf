"""FeatureSource: a backbone ready to give features, whichever runtime computes them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from edge.contract.picture import Rgb
from training.backbone import Backbone
from training.precision import Precision, bf16_graphs, resolve

Floats = npt.NDArray[np.float32]
# uint8 [n, size, size, 3] to float32 [n, channels].
Network = Callable[[Rgb], Floats]


class FeatureSource(Protocol):
    """Gives the network that computes bottlenecks.

    `digest` names everything that its features depend on but the picture and its
    preprocessing: it stands in the cache's file name. `words` says it to a person.
    """

    @property
    def digest(self) -> str:
        """Return what stands in the cache's file name."""
        ...

    @property
    def words(self) -> str:
        """Return how the features are computed, in a word or two."""
        ...

    def open(self) -> Network:
        """Load the network: seconds, so it is done only when a picture is missing."""
        ...


@dataclass(frozen=True)
class TensorflowFeatures:
    """Features by TensorFlow, in float32 or bfloat16."""

    backbone: Backbone
    precision: Precision

    @property
    def digest(self) -> str:
        """Return the backbone's digest and the precision."""
        return f"{self.backbone.digest}-{resolve(self.precision)}"

    @property
    def words(self) -> str:
        """Return the precision."""
        return resolve(self.precision)

    def open(self) -> Network:
        """Return the frozen graph of the backbone as a function; see `feature_function`."""
        return feature_function(self.backbone, self.precision)


def feature_function(backbone: Backbone, precision: Precision = "float32") -> Network:
    """Return a function of uint8 [n, size, size, 3] that gives float32 [n, channels].

    The feature map is averaged over its cells. The graph's variables are frozen to constants
    first: TensorFlow then folds each batch normalisation into its convolution. The first
    batch is run here, with zeros, since it is then that TensorFlow compiles.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    shape = [None, backbone.input_size, backbone.input_size, 3]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8)])  # type: ignore[untyped-decorator,unused-ignore]
    def pooled(pixels: Any) -> Any:
        feature_map = backbone.model(tf.cast(pixels, tf.float32), training=False)
        return tf.reduce_mean(feature_map, axis=[1, 2])

    frozen = convert_variables_to_constants_v2(pooled.get_concrete_function())
    in_bf16 = resolve(precision) == "bf16"

    def features(pixels: Rgb) -> Floats:
        # TensorFlow compiles a graph anew for other settings: they must hold at each call.
        with bf16_graphs(in_bf16):
            return np.asarray(frozen(tf.constant(pixels))[0].numpy(), dtype=np.float32)

    features(np.zeros([1, backbone.input_size, backbone.input_size, 3], np.uint8))
    return features
