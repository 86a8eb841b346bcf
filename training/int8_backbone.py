"""Int8Backbone: a backbone in 8 bits as a TFLite file, calibrated and kept beside the cache."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from converter.activations import Activations
from converter.average_pool import rewrite_average_pools
from converter.bias_correction import correct_biases
from converter.calibration import DEFAULT_PICTURES, CalibrationSet, read_row
from converter.tensorflow_quantizer import quantise_with_tensorflow
from converter.trained_model import SplitRow, TrainedModel
from edge.contract import atomic
from edge.contract.errors import ModelError, PictureError
from edge.contract.labels import Labels
from edge.contract.preprocess import Preprocess
from edge.inference.native_output import NativeOutput
from training.backbone import Backbone

# Raised when the conversion changes: kept files and features made before are not used then.
REVISION = 2
Say = Callable[[str], None]


@dataclass(frozen=True)
class Int8Backbone:
    """A quantised backbone, converted or yet to be: `path` may not exist.

    It takes uint8 RGB [1, size, size, 3] and gives the feature map in int8. `calibration` is
    drawn from the training part alone, as `emberwatch convert` draws it.
    """

    backbone: Backbone
    calibration: CalibrationSet
    path: Path

    @classmethod
    def choose(
        cls,
        backbone: Backbone,
        folder: Path,
        dataset: Path,
        rows: Sequence[SplitRow],
        labels: Labels,
        preprocess: Preprocess,
        pictures: int = DEFAULT_PICTURES,
        seed: int = 0,
    ) -> "Int8Backbone":
        """Draw calibration pictures, or take a kept backbone whose pictures still train.

        A dataset that grew draws others, and all of its features would be computed anew. So a
        backbone that `folder` keeps is preferred, as long as each of its pictures stands in
        the training part and in no other: no held-out picture shapes what it is tested with.
        """
        split = TrainedModel(
            folder, labels, preprocess, dataset, tuple(rows), backbone={}, parameters={}, metrics={}
        )
        drawn = CalibrationSet.draw(split, pictures, seed)
        fresh = cls(backbone, drawn, folder / _name(backbone, drawn))
        if fresh.path.exists():
            return fresh
        for record in sorted(folder.glob(_name(backbone, None))):
            kept = _kept_set(record, split, pictures, seed)
            model = record.with_suffix(".tflite")
            if kept is not None and model.name == _name(backbone, kept) and model.exists():
                return cls(backbone, kept, model)
        return fresh

    @property
    def digest(self) -> str:
        """Return what its features depend on beside the picture."""
        return f"{self.backbone.digest}-int8-{REVISION}-{self.calibration.digest[:16]}"

    def model(self, say: Say) -> bytes:
        """Return the TFLite file's content; convert and keep it first where need be.

        Raises:
            InputError: none of the calibration pictures can be read.
            ModelError: TensorFlow cannot convert the backbone.
            StorageError: the file cannot be written.
        """
        if not self.path.exists():
            pictures = len(self.calibration.rows)
            say(
                f"Quantising the backbone with {pictures} training pictures: about half a minute "
                "for Inception v3, once; it is kept beside the features"
            )
            readable = _readable(self.calibration)
            data = to_int8(self.backbone, readable)
            record = self.calibration.to_json() | {"files": [r.sha256 for r in readable.rows]}
            record |= {"drawn": [row.sha256 for row in self.calibration.rows]}
            atomic.write_text(self.path.with_suffix(".json"), json.dumps(record, indent=2) + "\n")
            atomic.write_bytes(self.path, data)
        return self.path.read_bytes()


def to_int8(
    backbone: Backbone, calibration: CalibrationSet, *, rewrite_pools: bool = True
) -> bytes:
    """Convert a backbone to TFLite in 8 bits throughout; see `Int8Backbone`.

    As `emberwatch convert --recipe int8` converts the whole network: with the same calibration
    pictures the backbone in that file has the same weights and ranges, number for number.

    `rewrite_pools`: these features are for LiteRT, which is faster without average pools.

    Raises:
        ModelError: TensorFlow cannot convert it.
    """
    trunk = rewrite_average_pools(backbone.model) if rewrite_pools else backbone.model
    float_file = _float_file(trunk, backbone)
    activations = Activations(float_file, keep_values=True).add(calibration.tensors())
    ranges = activations.least_error_ranges(outputs_too=True)
    data = quantise_with_tensorflow(float_file, ranges, output="int8")
    return correct_biases(float_file, data, activations.means)


def _float_file(trunk: Any, backbone: Backbone) -> bytes:
    import keras
    import tensorflow as tf

    size = backbone.input_size
    picture = keras.Input(batch_shape=(1, size, size, 3), name="picture")
    with NativeOutput() as printed:
        try:
            converter = tf.lite.TFLiteConverter.from_keras_model(
                keras.Model(picture, trunk(picture), name="backbone")
            )
            return bytes(converter.convert())
        except Exception as error:  # the converter raises what it likes
            reason = (str(error) or printed.last_line()).strip().splitlines() or ["no reason"]
            raise ModelError(
                f"TensorFlow could not convert the backbone {backbone.name} to int8",
                found=reason[0],
                next_step="use --features float",
            ) from error


def _readable(calibration: CalibrationSet) -> CalibrationSet:
    """Return the set without its damaged pictures, which training skips too."""
    rows = []
    for row in calibration.rows:
        try:
            read_row(calibration.trained, row)
        except PictureError:
            continue
        rows.append(row)
    return CalibrationSet(calibration.trained, tuple(rows), calibration.seed)


def _name(backbone: Backbone, calibration: CalibrationSet | None) -> str:
    """Return the file's name; without a set, the pattern of all records of that backbone."""
    start = f"backbone-{backbone.digest}-int8-{REVISION}-"
    return start + (f"{calibration.digest[:16]}.tflite" if calibration else "*.json")


def _kept_set(record: Path, split: TrainedModel, pictures: int, seed: int) -> CalibrationSet | None:
    """Return the calibration set that a record tells of, if it still suits; else None."""
    try:
        told = json.loads(record.read_text(encoding="utf-8"))
        drawn, suits = list(told["drawn"]), told["seed"] == seed
    except (OSError, ValueError, KeyError, TypeError):
        return None
    held_out = {row.sha256 for row in split.split if row.part != "training"}
    training = {row.sha256: row for row in split.pictures("training")}
    usable = set(training) - held_out
    if not suits or not set(drawn) <= usable or len(drawn) != min(pictures, len(usable)):
        return None
    return CalibrationSet(split, tuple(training[sha256] for sha256 in drawn), seed)
