"""Claims and attacks on foreign models: classifiers that we did not make."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.comparison import ANY_OTHER, figures
from converter.benchmark.foreign import ForeignModels
from converter.benchmark.pictures import TestPictures
from converter.benchmark.setup import Setup
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.trained_model import TrainedModel
from edge.contract.labels import Labels
from edge.inference.pixel_range import PixelRange


def emberwatch(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emberwatch", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def theirs(trained: TrainedModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a dense head's model in float, uint8 and int8, pictures and labels.

    The small run's network with its head written as a dense layer, its input in -1..1 and one
    output, quantised as anyone would.
    """
    import keras
    import tensorflow as tf

    folder = tmp_path_factory.mktemp("theirs")
    model = _with_dense_head(keras.models.load_model(trained.keras_path, compile=False))
    pictures = [np.asarray(Image.open(trained.path_of(r))) for r in trained.pictures("training")]
    x = [trained.preprocess.apply(p)[np.newaxis].astype(np.float32) / 127.5 - 1 for p in pictures]
    for kind in ("float", "uint8", "int8"):
        converter = tf.lite.TFLiteConverter.from_keras_model(model)
        if kind != "float":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = lambda: ([one] for one in x[:30])
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = getattr(tf, kind)
        (folder / f"{kind}.tflite").write_bytes(converter.convert())
    (folder / "labels.txt").write_text(trained.labels.to_text())
    for row in trained.pictures("testing"):
        target = folder / "pictures" / row.file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(trained.path_of(row).read_bytes())
    return folder


def _with_dense_head(model):
    """Return the network in -1..1 with a dense layer after the mean: the same function."""
    import keras

    head = next(layer for layer in model.layers[::-1] if isinstance(layer, keras.layers.Conv2D))
    trunk = keras.Model(model.input, head.input)
    picture = keras.Input(model.input.shape[1:])
    pixels = keras.layers.Rescaling(127.5, 127.5)(picture)
    mean = keras.layers.GlobalAveragePooling2D()(trunk(pixels))
    kernel, bias = head.get_weights()
    dense = keras.layers.Dense(kernel.shape[-1], activation="softmax")
    whole = keras.Model(picture, dense(mean))
    dense.set_weights([kernel[0, 0], bias])
    return whole


def measure(
    theirs: Path, pi: PiEnvironment, *kinds: str, reference: str = "", **options: object
) -> Benchmark:
    """Return the benchmark of some of the models, with nothing timed."""
    labels = Labels.read(theirs / "labels.txt")
    named = theirs / f"{reference}.tflite" if reference else None
    models = [theirs / f"{kind}.tflite" for kind in kinds]
    found = ForeignModels.read(models, labels, named, **options)
    pictures = TestPictures.of_folder(theirs / "pictures", labels)
    return found.benchmark(Setup(pictures, (pi,), Progress(), None))


def test_any_input_type_is_measured_against_the_float_one(
    theirs: Path, pi_environments: list[PiEnvironment]
) -> None:
    for environment in pi_environments[:2]:
        found = measure(theirs, environment, "uint8", "int8", "float")
        assert found.reference_name == "float"
        by_name = dict(found.rows)
        assert set(by_name) == {"uint8", "int8", "float"}
        for name, one in by_name.items():
            assert one.figures.accuracy.of == 48 and one.runtime == environment.runtime
            assert one.figures.accuracy.value > 0.8, name
        assert by_name["float"].agreement.of == 0
        for name in ("uint8", "int8"):
            assert by_name[name].agreement.value > 0.9
            assert 0 < by_name[name].drift.kl_nats < 0.3
            assert by_name[name].difference.p_value is not None


def test_one_model_without_a_reference_has_dashes_and_all_files(
    theirs: Path, tmp_path: Path
) -> None:
    done = emberwatch(
        *("benchmark", "--model", theirs / "int8.tflite", "--labels", theirs / "labels.txt"),
        *("--test", theirs / "pictures", "--out", tmp_path / "out"),
        *("--threads", "1", "--xnnpack", "on", "--runs", "5"),
    )
    assert done.returncode == 0, done.stderr
    for name in ("benchmark.json", "benchmark.csv", "flips.csv", "benchmark.html"):
        assert str(tmp_path / "out" / name) in done.stdout
    found = json.loads((tmp_path / "out" / "benchmark.json").read_text())
    (row,) = found["results"]
    assert found["reference_name"] == "" and row["measured"]["drift"] is None
    assert row["measured"]["difference"]["p_value"] is None
    assert row["measured"]["timings"][0]["operators"]
    line = next(line for line in done.stdout.splitlines() if line.split()[:1] == ["int8"])
    assert line.split().count("-") == 3
    assert "Keras" not in done.stdout


def test_a_named_reference_is_the_one(theirs: Path, pi: PiEnvironment) -> None:
    found = measure(theirs, pi, "int8", reference="uint8")
    assert found.reference_name == "uint8"
    assert [name for name, _ in found.rows] == ["uint8", "int8"]
    assert found.measured("int8").agreement.of == 48


def test_a_wrong_normalisation_costs_what_it_costs(theirs: Path, pi: PiEnvironment) -> None:
    right = measure(theirs, pi, "float").measured("float")
    wrong = measure(theirs, pi, "float", pixel_range=PixelRange(0.0, 1.0)).measured("float")
    assert right.figures.accuracy.value - wrong.figures.accuracy.value > 0.2


@pytest.mark.parametrize(
    ("spoil", "words", "code"),
    [
        ("no model", "is no TFLite model", 2),
        ("cut short", "damaged or cut short", 3),
        ("missing", "cannot read the model", 2),
        ("labels", "the labels do not fit the model", 2),
        ("no labels", "--labels FILE and --test FOLDER", 2),
        ("with a run", "cannot be measured at once", 2),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_line(
    theirs: Path, tmp_path: Path, spoil: str, words: str, code: int
) -> None:
    model, labels = tmp_path / "a.tflite", tmp_path / "labels.txt"
    data = (theirs / "float.tflite").read_bytes()
    labels.write_text("blaze\nhaze\nnothing\n" + ("more\n" if spoil == "labels" else ""))
    if spoil != "missing":
        spoilt = {"no model": b"PK" * 99, "cut short": data[: len(data) // 2]}
        model.write_bytes(spoilt.get(spoil, data))
    arguments: list[object] = ["benchmark", "--model", model, "--test", theirs / "pictures"]
    arguments += [] if spoil == "no labels" else ["--labels", labels]
    arguments += ["some-run"] if spoil == "with a run" else []
    done = emberwatch(*arguments)
    assert done.returncode == code, done.stderr
    assert words in done.stderr and "Traceback" not in done.stderr


def test_of_a_thousand_classes_only_those_with_pictures_are_shown() -> None:
    labels = Labels(tuple(f"class {n}" for n in range(1000)))
    found = figures([7, 7, 900], np.array([7, 12, 900]), labels)
    assert list(found.recall) == ["class 7", "class 900", ANY_OTHER]
    assert found.confusion == ((1, 0, 1), (0, 1, 0), (0, 0, 0))
    assert found.accuracy.count == 2
    assert found.balanced_accuracy == pytest.approx(0.75)
