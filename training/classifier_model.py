"""The whole classifier as one Keras model: backbone, 1x1 convolution head, average, softmax."""

from typing import Any

from training.backbone import Backbone
from training.head import Head


def build_classifier(backbone: Backbone, head: Head) -> Any:
    """Join backbone and head.

    The head is a 1x1 convolution before the average over cells: the same mathematics as a
    dense layer after it, but the class map that falls out says where. The model takes float32
    RGB 0 to 255 [n, size, size, 3] and gives `scores` [n, classes] (softmax) and `class_map`
    [n, rows, columns, classes] (logits).

    A hidden layer is not linear, so it must stand behind the average, as it was trained: the
    class map then has one cell, and does not say where.
    """
    import keras

    classes = len(head.bias)
    convolution = keras.layers.Conv2D(classes, 1, name="class_map")
    cells = backbone.model.output
    if head.hidden is not None:
        cells = keras.layers.GlobalAveragePooling2D(keepdims=True, name="bottleneck")(cells)
        hidden = keras.layers.Conv2D(len(head.hidden.bias), 1, activation="relu", name="hidden")
        cells = hidden(cells)
        hidden.set_weights([head.hidden.kernel[None, None], head.hidden.bias])
    class_map = convolution(cells)
    average = keras.layers.GlobalAveragePooling2D(name="average")(class_map)
    scores = keras.layers.Softmax(name="scores")(average)
    convolution.set_weights([head.kernel[None, None], head.bias])
    return keras.Model(
        backbone.model.input, {"scores": scores, "class_map": class_map}, name="emberwatch"
    )
