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


class PortableNetwork(Protocol):
    """A network as plain bytes: to open in this process, or to send to another machine."""

    def open(self, cores: int | None = None) -> Network:
        """Load the network for so many cores; None: for all that this process may use."""
        ...


class FeatureSource(Protocol):
    """Gives the network that computes bottlenecks.

    `digest` names everything that its features depend on but the picture and its
    preprocessing: it stands in the cache's file name. `words` says it to a person.

    A picture's features are the same, bit for bit, whatever other pictures are in its batch.
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

    def portable(self) -> PortableNetwork:
        """Return the network in a form that can be sent to another machine."""
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

    def portable(self) -> "FrozenGraph":
        """Return the frozen graph, by which every worker computes in this precision."""
        frozen = freeze(self.backbone)
        return FrozenGraph(
            frozen.graph.as_graph_def().SerializeToString(),
            frozen.inputs[0].name,
            frozen.outputs[0].name,
            self.backbone.input_size,
            resolve(self.precision),
        )


@dataclass(frozen=True)
class FrozenGraph:
    """A backbone as a serialised TensorFlow graph, weights and all."""

    graph: bytes
    pixels: str
    feature_map: str
    input_size: int
    precision: Precision

    def open(self, cores: int | None = None) -> Network:
        """Load the graph. A count of cores holds only in a process new to TensorFlow."""
        import tensorflow as tf

        if cores is not None:
            tf.config.threading.set_intra_op_parallelism_threads(cores)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        definition = tf.compat.v1.GraphDef.FromString(self.graph)
        wrapped = tf.compat.v1.wrap_function(
            lambda: tf.graph_util.import_graph_def(definition, name=""), []
        )
        function = wrapped.prune(self.pixels, self.feature_map)
        return pooled(function, self.input_size, self.precision)


def feature_function(backbone: Backbone, precision: Precision = "float32") -> Network:
    """Return a function of uint8 [n, size, size, 3] that gives float32 [n, channels].

    The feature map is averaged over its cells. The first batch is run here, with zeros, since
    it is then that TensorFlow compiles.
    """
    frozen = freeze(backbone)
    return pooled(lambda pixels: frozen(pixels)[0], backbone.input_size, resolve(precision))


def freeze(backbone: Backbone) -> Any:
    """Return the backbone as a concrete function of uint8 pixels with constants for variables.

    TensorFlow then folds each batch normalisation into its convolution.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    shape = [None, backbone.input_size, backbone.input_size, 3]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.uint8)])  # type: ignore[untyped-decorator,unused-ignore]
    def feature_map(pixels: Any) -> Any:
        return backbone.model(tf.cast(pixels, tf.float32), training=False)

    return convert_variables_to_constants_v2(feature_map.get_concrete_function())


def pooled(feature_map: Callable[[Any], Any], input_size: int, precision: Precision) -> Network:
    """Return a network that averages a TensorFlow function's map over its cells."""
    import tensorflow as tf

    in_bf16 = precision == "bf16"

    def features(pixels: Rgb) -> Floats:
        # TensorFlow compiles a graph anew for other settings: they must hold at each call.
        with bf16_graphs(in_bf16):
            maps = feature_map(tf.constant(pixels)).numpy()
        # By NumPy, cell after cell: where the channels are no multiple of a vector register,
        # TensorFlow's sum depends on the picture's place in the batch, by rounding.
        cells = maps.reshape(len(maps), -1, maps.shape[-1])
        total = np.add.reduce(cells, axis=1, dtype=np.float32)
        return np.asarray(total / np.float32(cells.shape[1]), dtype=np.float32)

    features(np.zeros([1, input_size, input_size, 3], np.uint8))
    return features
