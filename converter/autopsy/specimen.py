"""Specimen: what an autopsy needs: the two models, the pictures, and how they are fed."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from converter.autopsy.flat_graph import FlatGraph
from converter.autopsy.float_twin import FloatTwin
from converter.autopsy.graph_run import GraphRun
from converter.average_pool import Pools
from converter.benchmark.pictures import TestPicture, TestPictures
from converter.convert import Conversion
from converter.pi_environment import PIXELS
from converter.preflight.runtime_child import Sample, local_child
from converter.recipes import RECIPES, Recipe
from converter.tflite_model import TfliteModel
from converter.trained_model import Part
from edge.contract.errors import InputError, ModelRefused
from edge.contract.labels import Labels
from edge.contract.picture import Rgb
from edge.contract.preprocess import Fit, Preprocess
from edge.inference.pixel_range import PixelRange

T = TypeVar("T")


@dataclass(frozen=True)
class Specimen:
    """A quantised model, the float model that it came from, and labelled pictures.

    `quantised_range` and `reference_range` say what each one's input wants the pixels to be.
    `source` says in words where the pictures are from; `calibration` are those by which the
    layers are measured, and `calibrated` says whether they are of the calibration set.
    """

    name: str
    quantised: bytes
    reference: bytes
    labels: Labels
    preprocess: Preprocess
    quantised_range: PixelRange
    reference_range: PixelRange
    pictures: tuple[TestPicture, ...]
    source: str
    calibration: tuple[Rgb, ...]
    calibrated: bool


def of_run(
    conversion: Conversion,
    recipe: Recipe,
    part: Part,
    most: int,
    layers: int,
    model: Path | None = None,
    reference: Path | None = None,
) -> Specimen:
    """Return a run's model by a recipe, its float model and pictures of one part.

    `model` and `reference` stand in for the run's own. At most `most` pictures are taken,
    evenly over the classes, and `layers` calibration pictures for the layers.

    Raises:
        InputError: the part is empty.
        ModelRefused, ModelError: as `Conversion.convert`.
    """
    trained = conversion.trained
    quantised = _tried(model) if model else conversion.model(recipe).path.read_bytes()
    pictures = tuple(
        TestPicture(row.file, trained.path_of(row), trained.labels.index(row.label), row.sha256)
        for row in trained.pictures(part)
    )
    if not pictures:
        raise InputError(
            f"the run has no pictures in its {part} part", next_step="choose another --part"
        )
    floats = _tried(reference) if reference else float_model(conversion, quantised)
    calibration = [
        tensor for _, tensor in zip(range(layers), conversion.calibration.tensors(), strict=False)
    ]
    return Specimen(
        name=model.name if model else recipe.name,
        quantised=quantised,
        reference=floats,
        labels=trained.labels,
        preprocess=trained.preprocess,
        quantised_range=PIXELS,
        reference_range=PIXELS,
        pictures=tuple(evenly(pictures, most)),
        source=f"the run's {part} part",
        calibration=tuple(calibration),
        calibrated=True,
    )


def float_model(conversion: Conversion, quantised: bytes) -> bytes:
    """Return the run's float32 TFLite file in the form of a quantised one.

    Its average pools may be written as convolutions: the float file is then made so too.
    """
    found = TfliteModel.read(conversion.trained, RECIPES["float32"])
    if found is not None:
        data = found.path.read_bytes()
        if not FloatTwin(quantised, data).unmatched:
            return data
    forms: tuple[Pools, ...] = ("average", "convolution")
    for pools in forms:
        with conversion.progress.step(f"float32 with pools as {pools}"):
            data = conversion.keras_model.to_tflite(RECIPES["float32"], pools=pools)
        if not FloatTwin(quantised, data).unmatched:
            break
    return data


def of_files(
    model: Path,
    reference: Path,
    labels: Labels,
    folder: Path,
    most: int,
    layers: int,
    fit: Fit = "squash",
    pixel_range: PixelRange | None = None,
) -> Specimen:
    """Return two TFLite files of one network and a folder of labelled pictures.

    `pixel_range` is what both models want the pixels to be; by default the quantised model's
    input tensor says it.

    Raises:
        InputError, ModelError: a file or folder cannot be used.
    """
    quantised, floats = _tried(model), _tried(reference)
    run = GraphRun(quantised)
    shape = run.input.shape
    if len(shape) != 4 or shape[0] != 1 or shape[3] != 3:
        raise InputError(
            f"{model} is no image classifier",
            found=f"input {list(shape)}",
            expected="[1, height, width, 3]",
        )
    chosen = pixel_range or PixelRange.guess(run.input)
    pictures = TestPictures.of_folder(folder, labels)
    preprocess = Preprocess(shape[2], shape[1], fit)
    return Specimen(
        name=model.name,
        quantised=quantised,
        reference=floats,
        labels=labels,
        preprocess=preprocess,
        quantised_range=chosen,
        reference_range=chosen,
        pictures=tuple(evenly(pictures.pictures, most)),
        source=pictures.source,
        calibration=tuple(
            preprocess.apply(picture.read()) for picture in evenly(pictures.pictures, layers)
        ),
        calibrated=False,
    )


def evenly(items: Sequence[T], most: int) -> list[T]:
    """Return at most so many of some things, evenly spaced: of sorted pictures, of each class."""
    if len(items) <= most:
        return list(items)
    return [items[int(at)] for at in np.linspace(0, len(items) - 1, most).round()]


def _tried(path: Path) -> bytes:
    """Return a foreign model's bytes after LiteRT ran it in a process of its own.

    A hostile or damaged file may kill the runtime: then it kills that process.

    Raises:
        ModelRefused: it does not load or run there.
    """
    data = _read(path)
    FlatGraph(data, str(path))
    child = local_child(Path(sys.executable), "ai-edge-litert")
    (answer,) = child.run([Sample(path.name, data)])
    if answer.result != "runs":
        raise ModelRefused(
            f"LiteRT does not run {path}",
            found=f"{answer.result}: {answer.reason}",
            next_step="emberwatch preflight says what is in it",
        )
    return data


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
