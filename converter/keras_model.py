"""KerasModel: the float model of a run, read and converted. The one file with TensorFlow in it."""

import os
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from converter.average_pool import Pools, rewrite_average_pools
from converter.graph_layer import graph_layer_class
from converter.recipes import Recipe
from converter.trained_model import TrainedModel
from edge.contract.errors import EmberwatchError, MissingPackage, ModelError
from edge.contract.picture import Rgb
from edge.inference.native_output import NativeOutput

Floats = npt.NDArray[np.float32]
# The names of the model's input and outputs, here and in the TFLite file's signature.
INPUT, SCORES, CLASS_MAP = "picture", "scores", "class_map"
# What the class map is made of; an output of the TFLite file alone.
FEATURES = "features"
# A fixed name, or Keras counts one up and the same model gives other bytes.
WRAPPER = "picture_classifier"
# Pictures that go through the float model at once: more gains nothing on a CPU.
BATCH = 16
# How far `scores` may lie from the softmax of the class map's mean, both in float32.
SCORE_SLACK = 1e-4


class KerasModel:
    """The float model of a run.

    Raises:
        MissingPackage: TensorFlow is not installed.
        ModelError: the file is no Keras model, or not one of the form that a run has.
    """

    def __init__(self, trained: TrainedModel) -> None:
        self.trained = trained
        self._model = _load(trained.keras_path)
        self._rewritten: Any = None
        size = (trained.preprocess.height, trained.preprocess.width, 3)
        classes = len(trained.labels)
        outputs = self._model.output if isinstance(self._model.output, dict) else {}
        shapes = {name: tuple(output.shape) for name, output in outputs.items()}
        whole = set(shapes) == {SCORES, CLASS_MAP} and len(self._model.inputs) == 1
        if not whole or shapes[SCORES][1:] != (classes,) or shapes[CLASS_MAP][3:] != (classes,):
            raise ModelError(
                f"{trained.keras_path} does not give this run's scores and class map",
                found=f"outputs {shapes or self._model.output_names}",
                expected=f"scores [n, {classes}] and class_map [n, rows, columns, {classes}]",
            )
        if tuple(self._model.inputs[0].shape[1:]) != size:
            raise ModelError(
                f"{trained.keras_path} takes pictures of another size",
                found=list(self._model.inputs[0].shape[1:]),
                expected=list(size),
            )

    def scores(self, tensors: Iterable[Rgb], progress: Callable[[], None] = lambda: None) -> Floats:
        """Return the float scores of input tensors, float32 [pictures, classes] in [0, 1].

        Raises:
            ModelError: the scores are not the softmax of the class map's mean.
        """
        parts = [np.zeros((0, len(self.trained.labels)), np.float32)]
        for batch in _batches(tensors, BATCH):
            outputs = self._model(np.stack(batch).astype(np.float32), training=False)
            scores = np.asarray(outputs[SCORES], dtype=np.float32)
            _check_tail(scores, np.asarray(outputs[CLASS_MAP], dtype=np.float32))
            parts.append(scores)
            for _ in batch:
                progress()
        return np.concatenate(parts)

    def bottleneck_model(self) -> Any:
        """Return the network up to what the class map is made of: [n, rows, columns, channels]."""
        import keras

        return keras.Model(self._model.input, self._model.get_layer(CLASS_MAP).input)

    def to_tflite(self, recipe: Recipe, pools: Pools = "average") -> bytes:
        """Return the model as TFLite by a recipe that needs no calibration pictures.

        It takes one uint8 RGB picture, and gives scores and class map. `pools` is the form of
        the average pools.

        Raises:
            ModelError: TensorFlow's converter failed.
        """
        return _converted(lambda: self._float(self._with_pools(pools), recipe), recipe.name)

    def to_float_file(self, pools: Pools = "average") -> bytes:
        """Return the model as TFLite in float32, its input too: what the quantizer starts from.

        Raises:
            ModelError: TensorFlow's converter failed.
        """
        return _converted(lambda: self._float_input(self._with_pools(pools)), "float32")

    def _with_pools(self, pools: Pools) -> Any:
        """Return the network with its average pools in that form."""
        if pools == "average":
            return self._model
        if self._rewritten is None:
            self._rewritten = rewrite_average_pools(self._model)
        return self._rewritten

    def _float_input(self, model: Any) -> Any:
        """Return a converter whose model takes float32 pixels."""
        import keras
        import tensorflow as tf

        picture = keras.Input(batch_shape=self._picture_shape(), name=INPUT)
        return tf.lite.TFLiteConverter.from_keras_model(
            keras.Model(picture, model(picture), name=WRAPPER)
        )

    def _float(self, model: Any, recipe: Recipe) -> Any:
        """Return a converter to a model that computes in float32, with a cast from uint8."""
        import keras
        import tensorflow as tf

        picture = keras.Input(batch_shape=self._picture_shape(), dtype="uint8", name=INPUT)
        converter = tf.lite.TFLiteConverter.from_keras_model(
            keras.Model(picture, model(keras.ops.cast(picture, "float32")), name=WRAPPER)
        )
        if recipe.name != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if recipe.name == "float16":
            converter.target_spec.supported_types = [tf.float16]
        return converter

    def _picture_shape(self) -> tuple[int, int, int, int]:
        return (1, self.trained.preprocess.height, self.trained.preprocess.width, 3)


def versions() -> dict[str, str]:
    """Return the versions of what converts."""
    names = {"tensorflow", "keras", "numpy", "ai-edge-quantizer", "ai-edge-litert"}
    found = {each.metadata["Name"] for each in metadata.distributions()} & names
    return {name: metadata.version(name) for name in sorted(found)}


def _converted(make: Callable[[], Any], name: str) -> bytes:
    """Return what a converter writes, with what it prints held back."""
    with NativeOutput() as printed:
        try:
            return bytes(make().convert())
        except EmberwatchError:
            raise
        except Exception as error:  # the converter raises what it likes
            reason = (str(error) or printed.last_line()).strip().splitlines() or ["no reason"]
            raise ModelError(
                f"TensorFlow could not convert the model to {name}", found=reason[0]
            ) from error


def _load(path: Path) -> Any:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        with NativeOutput():
            import keras
    except ImportError as error:
        raise MissingPackage(
            "TensorFlow is not installed here",
            found=error,
            next_step="run this on the workstation, where `emberwatch` is installed whole",
        ) from error
    try:
        with NativeOutput():
            graph_layer_class()
            return keras.models.load_model(path, compile=False)
    except (ValueError, OSError, TypeError, KeyError) as error:
        raise ModelError(
            f"cannot read the Keras model {path}",
            found=str(error).strip().splitlines()[0] if str(error).strip() else error,
            next_step="retrain",
        ) from error


def _batches(tensors: Iterable[Rgb], size: int) -> Iterator[list[Rgb]]:
    batch: list[Rgb] = []
    for tensor in tensors:
        batch.append(tensor)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def _check_tail(scores: Floats, class_map: Floats) -> None:
    logits = class_map.mean(axis=(1, 2))
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    off = np.abs(raised / raised.sum(axis=1, keepdims=True) - scores).max()
    if not off <= SCORE_SLACK:
        raise ModelError(
            "the Keras model's scores are not the softmax of its class map's mean",
            found=f"a difference of {off:.2g}",
            expected=f"at most {SCORE_SLACK:g}",
        )
