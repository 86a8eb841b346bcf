"""ModelFile: what a caller names as a model: a bundle, or a bare .tflite with labels."""

from dataclasses import dataclass
from pathlib import Path

from edge.contract.bundle import ModelBundle
from edge.contract.errors import InputError, ModelError
from edge.contract.labels import Labels
from edge.contract.preprocess import Fit
from edge.inference.classifier import Classifier
from edge.inference.interpreter import Interpreter
from edge.inference.model_shape import check_whole
from edge.inference.pixel_range import PixelRange

# A flatbuffer carries its file identifier at bytes 4 to 8.
TFLITE_IDENTIFIER = b"TFL3"


@dataclass(frozen=True)
class ModelFile:
    """A model file and how to read it.

    `labels`, `fit` and `pixel_range` concern bare .tflite files; a bundle brings its own.
    """

    path: Path
    labels: Path | None = None
    fit: Fit = "squash"
    pixel_range: PixelRange | None = None

    def classifier(self, threads: int = 1, runtime: str | None = None) -> Classifier:
        """Load the model.

        Raises:
            InputError: no such file, or a bare model without labels.
            BundleError: a damaged bundle.
            ModelError: the runtime does not take it.
        """
        data = self._read()
        if data[4:8] != TFLITE_IDENTIFIER:
            return Classifier.from_bundle(ModelBundle.read(self.path), threads, runtime)
        if self.labels is None:
            raise InputError(
                f"{self.path} is a bare TFLite model, which does not name its classes",
                next_step="add --labels FILE (one class name a line, in the model's order)",
            )
        check_whole(data, str(self.path))
        interpreter = Interpreter(data, threads, runtime)
        labels = Labels.read(self.labels)
        return Classifier.from_model(interpreter, labels, self.fit, self.pixel_range)

    def _read(self) -> bytes:
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise InputError(
                f"cannot read the model {self.path}: {error.strerror or error}",
                expected="a bundle (.ember) or a .tflite file",
            ) from error
        if not data:
            raise ModelError(f"{self.path} is empty", expected="a bundle or a .tflite file")
        return data
