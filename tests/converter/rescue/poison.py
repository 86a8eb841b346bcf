"""A poisoned layer: one channel of the small run's first layer scaled up, undone behind it."""

import shutil
from pathlib import Path

from converter.trained_model import TrainedModel

# The channel then fills the tensor's range alone: the others are left less than one of its
# 255 steps.
FACTOR = 2000.0


def poison(trained: TrainedModel, folder: Path) -> TrainedModel:
    """Copy a small run into a folder, with the same scores in float and none left in int8."""
    import keras

    shutil.copytree(trained.folder, folder, ignore=shutil.ignore_patterns("tflite", "rescue"))
    copied = TrainedModel.read(folder)
    model = keras.models.load_model(copied.keras_path, compile=False)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    gamma, beta, *rest = norms[0].get_weights()
    # The busiest channel, so that it matters.
    channel = int(beta.argmax())
    gamma[channel] *= FACTOR
    beta[channel] *= FACTOR
    norms[0].set_weights([gamma, beta, *rest])
    behind = [layer for layer in convolutions[1:] if _feeds(model, norms[0], layer)]
    assert behind
    for layer in behind:
        kernel, *bias = layer.get_weights()
        kernel[:, :, channel] /= FACTOR
        layer.set_weights([kernel, *bias])
    model.save(copied.keras_path)
    return copied


def _feeds(model, source, target) -> bool:
    """Say whether a layer's output reaches another one without passing a convolution."""
    import keras

    tensors = [source.output]
    while tensors:
        tensor = tensors.pop()
        for layer in model.layers:
            taken = layer.input if isinstance(layer.input, list) else [layer.input]
            if any(one is tensor for one in taken):
                if layer is target:
                    return True
                if not isinstance(layer, keras.layers.Conv2D):
                    tensors.append(layer.output)
    return False
