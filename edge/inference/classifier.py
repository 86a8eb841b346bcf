"""Classifier: RGB pixels in, a Prediction out."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import numpy.typing as npt

from edge.contract.bundle import ModelBundle
from edge.contract.errors import LabelsError, ModelError
from edge.contract.labels import Labels
from edge.contract.picture import Rgb
from edge.contract.preprocess import Fit, Preprocess
from edge.contract.tensors import Array, TensorSpec
from edge.inference.interpreter import Interpreter
from edge.inference.pixel_range import PixelRange
from edge.inference.prediction import Frame, Prediction

Floats = npt.NDArray[np.float32]


class Classifier:
    """Classifies frames with one model, loaded once.

    Raises:
        LabelsError: the number of labels is not the model's number of classes.
        ModelError: the model is no image classifier, or does not take `preprocess`'s size.
    """

    def __init__(
        self,
        interpreter: Interpreter,
        labels: Labels,
        preprocess: Preprocess,
        pixel_range: PixelRange,
    ) -> None:
        self.interpreter = interpreter
        self.labels = labels
        self.preprocess = preprocess
        self.pixel_range = pixel_range
        wanted = (1, preprocess.height, preprocess.width, 3)
        if interpreter.input.shape != wanted:
            raise ModelError(
                "the model's input is of another shape",
                found=list(interpreter.input.shape),
                expected=list(wanted),
            )
        self._scores_at, self._map_at, self._features_at = _find_outputs(interpreter.outputs)
        classes = self.score_spec.shape[-1]
        if classes != len(labels):
            raise LabelsError(
                "the labels do not fit the model",
                found=f"{len(labels)} labels",
                expected=f"{classes}, one for each of the model's classes",
                next_step="give the labels file that was written with this model",
            )

    @property
    def score_spec(self) -> TensorSpec:
        """Return the specification of the scores' tensor."""
        return self.interpreter.outputs[self._scores_at]

    def tensor(self, rgb: Rgb) -> Rgb:
        """Return the preprocessed pixels, uint8 [height, width, 3]."""
        return self.preprocess.apply(rgb)

    def classify(self, frame: Frame) -> Prediction:
        """Return the scores of a frame.

        Raises:
            ModelError: the runtime failed, or gave scores that are not numbers.
        """
        return self.classify_tensor(self.tensor(frame.rgb), frame.time_s)

    @property
    def gives_features(self) -> bool:
        """Say whether the model tells what its scores are made of."""
        return self._features_at is not None

    def classify_tensor(
        self, pixels: Rgb, time_s: float = 0.0, *, features: bool = False
    ) -> Prediction:
        """Return the scores of preprocessed pixels, uint8 [height, width, 3].

        With `features`, what they are made of as well, if the model gives it.

        Raises:
            ModelError: the runtime failed, or gave scores that are not numbers.
        """
        spec = self.interpreter.input
        outputs = self.interpreter.invoke(self.pixel_range.tensor(pixels, spec))
        scores = self._real(outputs, self._scores_at)
        if not np.isfinite(scores).all():
            raise ModelError("the model gave scores that are not numbers", found=scores.tolist())
        class_map = None if self._map_at is None else self._real(outputs, self._map_at)
        return Prediction(
            labels=self.labels,
            scores=_probabilities(scores),
            class_map=None if class_map is None else softmax(class_map),
            time_s=time_s,
            features=self._pooled(outputs) if features else None,
        )

    def _pooled(self, outputs: Sequence[Array]) -> Floats | None:
        """Return the features' mean over the picture, float32 [channels]."""
        if self._features_at is None:
            return None
        spec, cells = self.interpreter.outputs[self._features_at], outputs[self._features_at]
        mean = cells.mean(axis=(0, 1, 2), dtype=np.float32)
        # The scale is the same for all: the mean of the integers stands for that of the reals.
        real = (mean - spec.zero_point) * spec.scale if spec.quantised else mean
        return cast(Floats, real.astype(np.float32))

    def _real(self, outputs: Sequence[Array], at: int) -> Floats:
        """Return an output's real values without the batch: scores [classes], or a map."""
        spec = self.interpreter.outputs[at]
        real = spec.dequantise(outputs[at])
        return cast(Floats, real.reshape(-1 if at == self._scores_at else spec.shape[1:]))

    @classmethod
    def from_bundle(
        cls, bundle: ModelBundle, threads: int = 1, runtime: str | None = None
    ) -> "Classifier":
        """Make the classifier that a bundle describes."""
        interpreter = Interpreter(bundle.model, threads, runtime)
        manifest = bundle.manifest
        return cls(interpreter, manifest.labels, manifest.preprocess, PixelRange(0.0, 1.0))

    @classmethod
    def from_model(
        cls,
        interpreter: Interpreter,
        labels: Labels,
        fit: Fit = "squash",
        pixel_range: PixelRange | None = None,
    ) -> "Classifier":
        """Make a classifier of any TFLite image classification model.

        Raises:
            LabelsError: the number of labels is not the model's number of classes.
            ModelError: the model does not take one RGB picture.
        """
        shape = interpreter.input.shape
        if len(shape) != 4 or shape[0] != 1 or shape[3] != 3:
            raise ModelError(
                "not an image classifier",
                found=f"input shape {list(shape)}",
                expected="[1, height, width, 3]",
            )
        preprocess = Preprocess(shape[2], shape[1], fit)
        return cls(
            interpreter, labels, preprocess, pixel_range or PixelRange.guess(interpreter.input)
        )


def softmax(logits: Floats) -> Floats:
    """Return the softmax over the last axis, float32 in [0, 1]."""
    raised = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return cast(Floats, (raised / raised.sum(axis=-1, keepdims=True)).astype(np.float32))


def _find_outputs(outputs: tuple[TensorSpec, ...]) -> tuple[int, int | None, int | None]:
    """Return the places of scores [1, classes], class map [1, h, w, classes] and features.

    Features, [1, h, w, channels], are what a class map of as many cells was made of.
    """
    flat = [i for i, spec in enumerate(outputs) if len(spec.shape) <= 2]
    maps = [i for i, spec in enumerate(outputs) if len(spec.shape) == 4]
    if len(outputs) == 1 and not flat and outputs[0].shape[1:3] == (1, 1):
        flat, maps = maps, []
    if len(flat) != 1 or len(maps) > 2:
        raise ModelError(
            "not an image classifier",
            found="outputs " + ", ".join(str(list(spec.shape)) for spec in outputs),
            expected="one output of class scores [1, classes]",
        )
    classes = outputs[flat[0]].shape[-1]
    fitting = [i for i in maps if outputs[i].shape[-1] == classes]
    if len(maps) == 2 and len(fitting) != 1:
        raise ModelError(
            "not an image classifier",
            found="outputs " + ", ".join(str(list(spec.shape)) for spec in outputs),
            expected="one class map, and what it is made of",
        )
    others = [i for i in maps if fitting and i != fitting[0]]
    return flat[0], fitting[0] if fitting else None, others[0] if others else None


def _probabilities(scores: Floats) -> Floats:
    """Return scores as they are where they sum to about 1, else (logits) their softmax."""
    if scores.min() >= 0 and 0.9 <= float(scores.sum()) <= 1.1:
        return scores
    return softmax(scores)
