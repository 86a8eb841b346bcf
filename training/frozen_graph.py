"""A frozen TensorFlow graph with the names of TensorFlow for Poets: JPEG bytes in, scores out."""

from pathlib import Path
from typing import Any

from edge.contract import atomic
from edge.contract.preprocess import Preprocess

JPEG_INPUT = "DecodeJpeg/contents"
# What later versions of the tutorial fed: a picture scaled already, with values 0 to 1.
SCALED_INPUT = "Placeholder"
FINAL_TENSOR = "final_result"


def write_frozen_graph(
    path: Path, classifier: Any, preprocess: Preprocess, final_tensor: str = FINAL_TENSOR
) -> None:
    """Write a GraphDef of a classifier for `tensorflow.compat.v1` scripts.

    Feed a JPEG file's bytes to `DecodeJpeg/contents:0`, or a scaled picture, float32 [1,
    height, width, 3] in [0, 1], to `Placeholder:0`, and fetch `final_result:0`, float32
    [1, classes]. Decoding and scaling are in the graph; TensorFlow's antialiased scaling stands
    in for Pillow's and differs from it by at most a grey level or two of 255.

    Raises:
        StorageError: the file cannot be written.
    """
    import tensorflow as tf

    network, network_input, network_output = _frozen_network(classifier, preprocess)
    shape = [1, preprocess.height, preprocess.width, 3]
    graph = tf.Graph()
    with graph.as_default():
        contents = tf.compat.v1.placeholder(tf.string, shape=[], name=JPEG_INPUT)
        pixels = decoded(contents, preprocess, name="DecodeJpeg")[tf.newaxis]
        scaled = tf.compat.v1.placeholder_with_default(pixels / 255.0, shape, name=SCALED_INPUT)
        (scores,) = tf.import_graph_def(
            network, {network_input: scaled * 255.0}, [network_output], name="emberwatch"
        )
        tf.identity(scores, name=final_tensor)
    atomic.write_bytes(path, graph.as_graph_def().SerializeToString())


def decoded(contents: Any, preprocess: Preprocess, name: str | None = None) -> Any:
    """Return the tensor of a JPEG's pixels scaled for the network, float32 0 to 255."""
    import tensorflow as tf

    pixels = tf.io.decode_jpeg(contents, channels=3, dct_method="INTEGER_ACCURATE", name=name)
    scaled = tf.image.resize(
        _fitted(pixels, preprocess),
        [preprocess.height, preprocess.width],
        method="bilinear",
        antialias=True,
    )
    return tf.round(scaled)


def _fitted(pixels: Any, preprocess: Preprocess) -> Any:
    """Cut the middle out where the preprocessing crops instead of squashing."""
    import tensorflow as tf

    if preprocess.fit == "squash":
        return pixels
    shape = tf.cast(tf.shape(pixels)[:2], tf.float32)
    wanted = tf.constant([preprocess.height, preprocess.width], tf.float32)
    size = tf.cast(tf.round(wanted * tf.reduce_min(shape / wanted)), tf.int32)
    start = (tf.shape(pixels)[:2] - size) // 2
    return tf.slice(pixels, tf.concat([start, [0]], 0), tf.concat([size, [3]], 0))


def _frozen_network(classifier: Any, preprocess: Preprocess) -> tuple[Any, str, str]:
    """Return the classifier as a GraphDef of constants, and its input's and output's names."""
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import (
        convert_variables_to_constants_v2,
    )

    shape = [1, preprocess.height, preprocess.width, 3]

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32)])  # type: ignore[untyped-decorator,unused-ignore]
    def scores(image: Any) -> Any:
        return classifier(image, training=False)["scores"]

    frozen = convert_variables_to_constants_v2(scores.get_concrete_function())
    return frozen.graph.as_graph_def(), frozen.inputs[0].name, frozen.outputs[0].name
