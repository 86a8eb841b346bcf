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
    """
    import keras

    classes = len(head.bias)
    convolution = keras.layers.Conv2D(classes, 1, name="class_map")
    class_map = convolution(backbone.model.output)
    average = keras.layers.GlobalAveragePooling2D(name="average")(class_map)
    scores = keras.layers.Softmax(name="scores")(average)
    convolution.set_weights([head.kernel[None, None], head.bias])
    return keras.Model(
        backbone.model.input, {"scores": scores, "class_map": class_map}, name="emberwatch"
    )
