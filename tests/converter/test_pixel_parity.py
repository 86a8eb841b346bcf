"""One claim: a picture becomes the same input tensor, bit for bit, wherever it is read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converter.benchmark.pictures import TestPictures
from converter.benchmark.scoring import score_float
from converter.calibration import CalibrationSet
from converter.keras_model import KerasModel
from converter.pi_environment import PiEnvironment
from converter.recipes import find_recipe
from converter.tflite_model import model_path
from converter.trained_model import SplitRow, TrainedModel
from edge.contract.bundle import sha256
from edge.contract.errors import ModelRefused
from edge.contract.preprocess import tensor_sha256


def _odd_pictures(folder: Path) -> list[Path]:
    """Write a picture of every odd kind, none of the model's size."""
    rng = np.random.default_rng(5)
    rgb = Image.fromarray(rng.integers(0, 256, (90, 130, 3), dtype=np.uint8))
    alpha = rgb.copy()
    alpha.putalpha(Image.fromarray(rng.integers(0, 256, (90, 130), dtype=np.uint8)))
    grey16 = Image.fromarray(rng.integers(0, 65536, (70, 50), dtype=np.uint16))
    turned = Image.Exif()
    turned[0x0112] = 6
    pictures = {
        "plain.jpg": (rgb, {"quality": 83}),
        "progressive.jpg": (rgb, {"progressive": True, "subsampling": 2}),
        "grey.jpg": (rgb.convert("L"), {}),
        "cmyk.jpg": (rgb.convert("CMYK"), {}),
        "turned.jpg": (rgb, {"exif": turned}),
        "palette.png": (rgb.quantize(16), {}),
        "palette_alpha.png": (rgb.quantize(16), {"transparency": 3}),
        "alpha.png": (alpha, {}),
        "grey_alpha.png": (alpha.convert("LA"), {}),
        "sixteen.png": (grey16, {}),
        "one_bit.png": (rgb.convert("1"), {}),
        "alpha.webp": (alpha, {"quality": 70}),
        "lossless.webp": (rgb, {"lossless": True}),
        "old.bmp": (rgb, {}),
        "tiny.png": (rgb.resize((1, 1)), {}),
        "wide.png": (rgb.resize((700, 3)), {}),
    }
    for name, (image, options) in pictures.items():
        image.save(folder / name, **options)
    return [folder / name for name in pictures]


@pytest.fixture
def odd(converted: TrainedModel, tmp_path: Path) -> TrainedModel:
    """Return a run of odd pictures, each in the training and the test part."""
    rows = []
    for path in _odd_pictures(tmp_path):
        digest = sha256(path.read_bytes())
        rows.append(SplitRow(path.name, "blaze", "", digest, "training"))
    return replace(converted, dataset=tmp_path, split=tuple(rows))


def benchmarked(trained: TrainedModel) -> list[str]:
    """Return the hashes of what the benchmark feeds the float model, as a test part."""
    tested = replace(trained, split=tuple(replace(row, part="testing") for row in trained.split))
    pictures = TestPictures.of_run(tested)
    keras_model = KerasModel(trained)
    found = score_float(keras_model, trained.preprocess, pictures, lambda: None)
    return list(found.tensor_sha256)


def test_calibration_benchmark_and_camera_see_the_same_pixels(
    odd: TrainedModel, pi_environments: list[PiEnvironment]
) -> None:
    calibration = CalibrationSet(odd, odd.split, 0)
    # The first calibration tensor has its two pinned pixels; it comes again at the end.
    calibration = replace(calibration, rows=(*calibration.rows, calibration.rows[0]))
    calibrated = [tensor_sha256(tensor) for tensor in calibration.tensors()]
    calibrated = [calibrated[-1], *calibrated[1:-1]]

    assert benchmarked(odd) == calibrated
    assert len(set(calibrated)) == len(calibrated) - 1  # lossless WebP and BMP are one picture

    model = model_path(odd, find_recipe("int8"))
    for environment in pi_environments:
        paths = [odd.path_of(row) for row in odd.split]
        predictions = environment.predict(model, paths, odd.labels)
        assert list(predictions.tensor_sha256) == calibrated, environment.runtime


def test_crop_is_the_same_everywhere_too(odd: TrainedModel, pi: PiEnvironment) -> None:
    cropped = replace(odd, preprocess=replace(odd.preprocess, fit="crop"))
    model = model_path(odd, find_recipe("int8"))
    paths = [odd.path_of(row) for row in odd.split]
    predictions = pi.predict(model, paths, odd.labels, "crop")
    assert list(predictions.tensor_sha256) == benchmarked(cropped)


def test_another_tensor_in_the_pi_environment_is_refused(
    odd: TrainedModel, pi: PiEnvironment
) -> None:
    from converter.trial import check_tensors

    paths = [odd.path_of(row) for row in odd.split[:2]]
    predictions = pi.predict(model_path(odd, find_recipe("int8")), paths, odd.labels)
    check_tensors(predictions, list(predictions.tensor_sha256))
    with pytest.raises(ModelRefused, match="picture 2 becomes another input tensor"):
        check_tensors(predictions, [predictions.tensor_sha256[0], "0" * 64])
