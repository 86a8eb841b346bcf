"""Any TFLite image classifier is read by the scale and zero point of its own tensors."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.contract.errors import InputError, LabelsError, ModelError
from edge.inference.interpreter import Interpreter, installed_runtimes
from edge.inference.model_file import ModelFile
from edge.inference.model_shape import check_whole
from edge.inference.prediction import Frame, Prediction

FOREIGN = Path(__file__).resolve().parents[2] / "fakes" / "foreign"
LABELS = FOREIGN / "labels.txt"
COLOURS = {"red": (230, 40, 30), "green": (30, 220, 60), "blue": (20, 60, 240)}
INTEGER = ("uint8_unit", "uint8_pixels", "int8_signed", "int8_logits")
FLOAT = ("float_signed", "float_logits", "float_square")


def classify(model: ModelFile, colour: tuple[int, int, int]) -> Prediction:
    rgb = np.full((20, 30, 3), colour, np.uint8)
    return model.classifier().classify(Frame(rgb, 0.0, 0))


def softmax_of(colour: tuple[int, int, int]) -> np.ndarray:
    """Return what the network that all of them hold gives, in double precision."""
    pixel = np.array(colour) / 255
    weights = 3 * np.array([[1, -0.5, -0.4], [-0.5, 1, -0.6], [-0.5, -0.4, 1]])
    raised = np.exp(pixel @ weights)
    return raised / raised.sum()


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("name", [*INTEGER, *FLOAT])
def test_each_colour_is_named(name: str, colour: str) -> None:
    model = ModelFile(FOREIGN / f"{name}.tflite", LABELS)
    prediction = classify(model, COLOURS[colour])
    assert prediction.ranked()[0][0] == colour
    assert float(prediction.scores.sum()) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("name", ["uint8_unit", "uint8_pixels"])
def test_quantised_scores_are_those_of_the_network_they_came_from(name: str) -> None:
    for colour in [*COLOURS.values(), (120, 130, 110)]:
        prediction = classify(ModelFile(FOREIGN / f"{name}.tflite", LABELS), colour)
        assert np.abs(prediction.scores - softmax_of(colour)).max() < 3 / 256


def test_integers_and_floats_of_one_network_agree() -> None:
    for colour in [*COLOURS.values(), (200, 190, 60)]:
        found = [
            classify(ModelFile(FOREIGN / f"{name}.tflite", LABELS), colour).scores
            for name in ("int8_signed", "int8_logits", "float_signed", "float_logits")
        ]
        for scores in found[1:]:
            assert np.abs(scores - found[0]).max() < 0.03


def test_a_float_input_of_another_range_is_told_by_mean_and_deviation() -> None:
    from edge.inference.pixel_range import PixelRange

    model = ModelFile(FOREIGN / "float_unit.tflite", LABELS, pixel_range=PixelRange(0, 255))
    for colour in COLOURS.values():
        assert np.abs(classify(model, colour).scores - softmax_of(colour)).max() < 1e-5


@pytest.mark.parametrize("name", [*INTEGER, *FLOAT])
def test_every_runtime_here_gives_the_same_scores(name: str) -> None:
    model = ModelFile(FOREIGN / f"{name}.tflite", LABELS)
    rgb = np.full((9, 9, 3), COLOURS["red"], np.uint8)
    usable: list[Callable[[], Prediction]] = []
    for runtime in installed_runtimes():
        classifier = model.classifier(threads=2, runtime=runtime)
        usable.append(lambda classifier=classifier: classifier.classify(Frame(rgb, 0.0, 0)))
    found = [run().scores for run in usable]
    assert found
    assert all(np.abs(scores - found[0]).max() <= 1 / 256 for scores in found)


def test_a_bare_model_without_labels_says_what_to_add() -> None:
    with pytest.raises(InputError, match="--labels"):
        ModelFile(FOREIGN / "uint8_unit.tflite").classifier()


@pytest.mark.parametrize("names", ["red\ngreen\n", "red\ngreen\nblue\nother\n"])
def test_a_wrong_number_of_labels_is_refused(tmp_path: Path, names: str) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text(names)
    with pytest.raises(LabelsError, match="3, one for each"):
        ModelFile(FOREIGN / "uint8_unit.tflite", labels).classifier()


@pytest.mark.parametrize("name", [*INTEGER, *FLOAT])
def test_a_model_cut_short_anywhere_is_refused(name: str, tmp_path: Path) -> None:
    whole = (FOREIGN / f"{name}.tflite").read_bytes()
    check_whole(whole, name)
    path = tmp_path / "cut.tflite"
    # The end of a file holds the first buffers written: nearly every cut touches one.
    for length in range(0, len(whole) - 32, 5):
        path.write_bytes(whole[:length])
        with pytest.raises(ModelError):
            ModelFile(path, LABELS).classifier()


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"PK\3\4 a zip"])
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(content)
    with pytest.raises(ModelError):
        ModelFile(path, LABELS).classifier()


def test_a_missing_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.tflite"):
        ModelFile(tmp_path / "none.tflite", LABELS).classifier()


def test_an_interpreter_takes_no_tensor_of_another_shape() -> None:
    interpreter = Interpreter((FOREIGN / "uint8_unit.tflite").read_bytes())
    with pytest.raises(ModelError):
        interpreter.invoke(np.zeros((1, 9, 9, 3), np.uint8))
