"""MediaPipe Tasks reads our models unaided, and gives our answers: `make test-readers`."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from converter.calibration import CalibrationSet
from converter.convert import Conversion
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.recipes import find_recipe
from converter.tflite_model import TfliteModel
from converter.trained_model import TrainedModel
from tests.converter.small_run import make_run

READER = Path(__file__).with_name("mediapipe_reader.py")
# A step of an 8-bit score, and of an 8-bit activation before a float one; float kernels round
# apart by far less.
LARGEST_DIFFERENCE = {
    "int8": 1 / 256,
    "int8-float-head": 0.02,
    "int16x8": 1e-3,
    "float16": 1e-4,
    "float32": 1e-4,
    "dynamic": 0.02,
}
RECIPES = tuple(LARGEST_DIFFERENCE)


@pytest.fixture(scope="session")
def reader(root: Path, need: Callable[[object, str], None]) -> Callable[..., dict]:
    """Return a function that asks MediaPipe what it makes of a model and of pictures."""
    python = root / ".venv" / "readers" / "bin" / "python"
    need(python.exists(), "no .venv/readers: scripts/setup.sh readers makes it")
    loads = subprocess.run(
        [python, "-c", "import mediapipe.tasks.python.vision"], capture_output=True, text=True
    )
    reason = (loads.stderr.strip().splitlines() or [""])[-1]
    need(loads.returncode == 0, f"MediaPipe does not start here: {reason}")

    def read(model: Path, pictures: np.ndarray, folder: Path, *denied: str) -> dict:
        np.save(folder / "pictures.npy", pictures)
        done = subprocess.run(
            [python, READER, model, folder / "pictures.npy", *denied],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(done.stderr.strip().splitlines()[-1])
        return json.loads(done.stdout.splitlines()[-1])

    return read


@pytest.fixture(scope="session")
def run(reader: object, tmp_path_factory: pytest.TempPathFactory) -> TrainedModel:
    """Return a small run, in a folder whose name is plain."""
    return make_run(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="session")
def models(run: TrainedModel, edge_pythons: list[Path]) -> dict[str, TfliteModel]:
    """Return the run's models by recipe."""
    environment = PiEnvironment(edge_pythons[-1])
    conversion = Conversion(run, environment, CalibrationSet.draw(run, 20), Progress(), force=True)
    return {name: conversion.convert(find_recipe(name)) for name in RECIPES}


@pytest.fixture(scope="session")
def tensors(run: TrainedModel) -> np.ndarray:
    """Return the test pictures at the model's own size, so that nobody has to scale them."""
    pictures = [np.asarray(Image.open(run.path_of(row))) for row in run.pictures("testing")]
    return np.stack([run.preprocess.apply(picture) for picture in pictures])


@pytest.mark.parametrize("recipe", RECIPES)
def test_name_normalisation_and_size_are_read_back(
    reader: Callable[..., dict],
    models: dict[str, TfliteModel],
    tensors: np.ndarray,
    tmp_path: Path,
    recipe: str,
) -> None:
    told = reader(models[recipe].path, tensors[:1], tmp_path)["metadata"]
    assert told["name"] == "pictures classifier"
    assert "blaze, haze, nothing" in told["description"] and recipe in told["description"]
    assert len(told["version"]) == 16
    assert (told["author"], told["minParserVersion"]) == ("emberwatch", "1.0.0")
    (graph,) = told["subgraphMetadata"]
    (picture,) = graph["inputTensorMetadata"]
    assert picture["name"] == "picture"
    (unit,) = picture["processUnits"]
    assert (unit["options"]["mean"], unit["options"]["std"]) == ([0.0], [1.0])
    assert picture["content"]["contentProperties"]["colorSpace"] == 1
    size = picture["content"]["contentProperties"]["defaultSize"]
    assert (size["width"], size["height"]) == (48, 48)
    assert [output["name"] for output in graph["outputTensorMetadata"]] == [
        "scores",
        "class_map",
        "features",
    ]


@pytest.mark.parametrize("recipe", RECIPES)
def test_mediapipe_gives_our_answers_under_our_labels(
    reader: Callable[..., dict],
    models: dict[str, TfliteModel],
    tensors: np.ndarray,
    run: TrainedModel,
    edge_pythons: list[Path],
    tmp_path: Path,
    recipe: str,
) -> None:
    answers = reader(models[recipe].path, tensors, tmp_path)["answers"]
    paths = []
    for number, tensor in enumerate(tensors):
        paths.append(tmp_path / f"{number}.png")
        Image.fromarray(tensor).save(paths[-1])
    ours = PiEnvironment(edge_pythons[-1]).predict(models[recipe].path, paths, run.labels).scores
    heads = [answer[0] for answer in answers]
    assert {head["name"] for head in heads} == {"scores"}
    theirs = [[head["scores"][label] for label in run.labels] for head in heads]
    assert np.abs(np.array(theirs) - ours).max() <= LARGEST_DIFFERENCE[recipe] + 1e-6
    # Not the same picture time and again.
    assert len(set(ours.argmax(axis=1))) == len(run.labels)


def test_a_picture_of_any_size_is_taken(
    reader: Callable[..., dict],
    models: dict[str, TfliteModel],
    run: TrainedModel,
    tmp_path: Path,
) -> None:
    for row in run.pictures("testing")[::8]:
        picture = np.asarray(Image.open(run.path_of(row)))
        ((scores, *_),) = reader(models["int8"].path, picture[np.newaxis], tmp_path)["answers"]
        assert max(scores["scores"], key=scores["scores"].get) == row.label


def test_class_map_and_features_come_after_the_scores_and_have_no_labels(
    reader: Callable[..., dict], models: dict[str, TfliteModel], tensors: np.ndarray, tmp_path: Path
) -> None:
    ((_, cells, features),) = reader(models["int8"].path, tensors[:1], tmp_path)["answers"]
    assert cells == {"name": "class_map", "scores": {}, "values": 6 * 6 * 3}
    assert features == {"name": "features", "scores": {}, "values": 6 * 6 * 16}


def test_mediapipes_deny_list_wants_labels_on_every_output(
    reader: Callable[..., dict], models: dict[str, TfliteModel], tensors: np.ndarray, tmp_path: Path
) -> None:
    # Known and written down in docs/updates.md: choose among the categories afterwards.
    with pytest.raises(RuntimeError, match="requires labels to be present"):
        reader(models["int8"].path, tensors[:1], tmp_path, "nothing")
