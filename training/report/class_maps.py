"""ClassMaps: where the trained model sees its classes. The report's one file with Keras in it."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from converter.statistics import Floats
from converter.trained_model import TrainedModel
from edge.contract.errors import ModelError
from edge.contract.picture import Rgb
from edge.inference.native_output import NativeOutput

# Input tensors, uint8 [height, width, 3] each, to the logits of their cells, float32
# [pictures, rows, columns, classes].
ClassMaps = Callable[[Sequence[Rgb]], Floats]
BATCH = 8


def class_maps_of(model: Any) -> ClassMaps:
    """Return the class maps of a Keras model that is in memory."""

    def maps(tensors: Sequence[Rgb]) -> Floats:
        found = [
            np.asarray(
                model(np.stack(tensors[at : at + BATCH]).astype(np.float32), training=False)[
                    "class_map"
                ],
                dtype=np.float32,
            )
            for at in range(0, len(tensors), BATCH)
        ]
        return np.concatenate(found)

    return maps


def class_maps_of_run(trained: TrainedModel) -> ClassMaps:
    """Return the class maps of the model in a run folder, which is read once, when first asked.

    Calling them raises ModelError where the model is missing or no Keras model, and
    MissingPackage where TensorFlow is not usable.
    """
    load = cache(lambda: class_maps_of(_load(trained)))

    def maps(tensors: Sequence[Rgb]) -> Floats:
        return load()(tensors)

    return maps


def _load(trained: TrainedModel) -> Any:
    """Read RUN/model.keras.

    Raises:
        ModelError: it is missing or no Keras model.
        MissingPackage: TensorFlow is not usable here.
    """
    from converter.quiet_tensorflow import load_tensorflow

    load_tensorflow()
    import keras

    try:
        with NativeOutput():
            return keras.models.load_model(trained.keras_path, compile=False)
    except (ValueError, OSError, TypeError, KeyError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(f"cannot read {trained.keras_path}", found=reason) from error
