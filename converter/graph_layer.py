"""GraphLayer: a frozen TensorFlow graph as a Keras layer, for networks that Keras did not make."""

from pathlib import Path
from typing import Any

FILE = "graph.pb"


def graph_layer_class() -> Any:
    """Return the layer's class, known to Keras by its name from then on.

    The graph lies in the .keras file as an asset: the model needs nothing beside it. The layer
    is a call of the frozen graph, from float32 [n, height, width, 3] to float32 `output_shape`
    [n, rows, columns, channels]; a graph that gives [n, channels] becomes one cell.
    """
    import keras

    known = keras.saving.get_registered_object("emberwatch>GraphLayer")
    if known is not None:
        return known

    class GraphLayer(keras.layers.Layer):  # type: ignore[misc,unused-ignore]
        """A frozen graph: the tensors' names, the shape it gives, and its bytes."""

        def __init__(
            self,
            feed: str,
            fetch: str,
            cells: list[int],
            graph: bytes | None = None,
            **attributes: Any,
        ) -> None:
            super().__init__(**attributes | {"trainable": False})
            self.feed, self.fetch, self.cells = feed, fetch, list(cells)
            self.graph = graph
            self._function: Any = None

        def call(self, picture: Any) -> Any:
            """Run the graph."""
            import tensorflow as tf

            if self._function is None:
                with tf.init_scope():
                    self._function = _function(self.graph or b"", self.feed, self.fetch)
            return tf.reshape(self._function(picture), [-1, *self.cells])

        def compute_output_shape(self, given: Any) -> Any:
            """Return [n, rows, columns, channels]."""
            return (given[0], *self.cells)

        def get_config(self) -> dict[str, Any]:
            """Return all but the graph, which is an asset."""
            own = {"feed": self.feed, "fetch": self.fetch, "cells": self.cells}
            return dict(super().get_config()) | own

        def save_assets(self, folder: str) -> None:
            """Write the graph into the .keras file."""
            Path(folder, FILE).write_bytes(self.graph or b"")

        def load_assets(self, folder: str) -> None:
            """Read the graph from the .keras file."""
            self.graph = Path(folder, FILE).read_bytes()

    return keras.saving.register_keras_serializable("emberwatch", "GraphLayer")(GraphLayer)


def _function(graph: bytes, feed: str, fetch: str) -> Any:
    """Return a GraphDef's bytes as a function of one tensor."""
    import tensorflow as tf

    definition = tf.compat.v1.GraphDef.FromString(graph)
    wrapped = tf.compat.v1.wrap_function(
        lambda: tf.compat.v1.import_graph_def(definition, name=""), []
    )
    return wrapped.prune(
        wrapped.graph.as_graph_element(feed), wrapped.graph.as_graph_element(fetch)
    )
