"""The choice of a FeatureSource: in float by TensorFlow, or in 8 bits by LiteRT."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from converter.trained_model import SplitRow
from edge.contract.labels import Labels
from edge.contract.preprocess import Preprocess
from training.backbone import Backbone
from training.features import FeatureSource, TensorflowFeatures
from training.int8_backbone import Int8Backbone, Say
from training.int8_features import Int8Features
from training.precision import Precision

FeatureKind = Literal["float", "int8"]


def choose_source(
    kind: FeatureKind,
    backbone: Backbone,
    precision: Precision,
    preprocess: Preprocess,
    *,
    bottleneck_dir: Path,
    dataset: Path,
    rows: Sequence[SplitRow],
    labels: Labels,
    say: Say,
) -> FeatureSource:
    """Return what computes bottlenecks.

    `precision` is for `float`; `int8` calibrates with pictures of the training part of `rows`,
    whose files are relative to `dataset`, and keeps the converted backbone in
    `bottleneck_dir`. `say` is told of the conversion, which takes about half a minute.

    Raises:
        InputError: int8, and `rows` has no training picture.
    """
    if kind == "float":
        return TensorflowFeatures(backbone, precision)
    chosen = Int8Backbone.choose(backbone, bottleneck_dir, dataset, rows, labels, preprocess)
    return Int8Features(chosen, say)


def calibrated_with(source: FeatureSource) -> dict[str, list[str]]:
    """Return `calibration`: the pictures that a quantised backbone was calibrated with, by hash.

    A run keeps them, so that its conversion quantises the backbone just as it was when the head
    was trained on it. Empty where features are in float.
    """
    if not isinstance(source, Int8Features):
        return {}
    return {"calibration": source.int8.calibration.to_json()["hashes"]}
