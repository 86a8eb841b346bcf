"""Rescue: a poisoned layer is found and kept in float, and its recipe gives the very file again."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from converter.calibration import CalibrationSet
from converter.convert import Conversion
from converter.pi_environment import PiEnvironment
from converter.preflight.flatbuffer import declaration
from converter.progress import Progress
from converter.quantizer import kept_layers
from converter.recipes import RECIPES, find_recipe
from converter.rescue.cli import rescue_command
from converter.rescue.judge import Judge
from converter.rescue.rescue import Rescue
from converter.rescue.search import Limits, Search
from converter.rescue.workshop import Workshop
from converter.trained_model import TrainedModel
from edge.contract.bundle import sha256
from edge.contract.errors import GateRefused, InputError
from tests.converter.rescue.poison import poison

TRIALS = 14


def workshop_of(run: TrainedModel, pi: PiEnvironment) -> Workshop:
    conversion = Conversion(run, pi, CalibrationSet.draw(run, 20), Progress())
    judge = Judge.of_run(run, conversion.keras_model.scores)
    return Workshop(conversion, judge, Progress())


def rescue_of(run: TrainedModel, pi: PiEnvironment, trials: int = TRIALS) -> Rescue:
    limits = Limits(max_drop=0.5, trials=trials)
    found = Search(workshop_of(run, pi), RECIPES["int8"], limits, lambda line: None).run()
    return Rescue.of(run.folder, pi.runtime, limits, found)


@pytest.fixture(scope="module")
def poisoned(trained: TrainedModel, tmp_path_factory) -> TrainedModel:
    return poison(trained, tmp_path_factory.mktemp("poisoned") / "run")


@pytest.fixture(scope="module")
def rescued(poisoned: TrainedModel, pi: PiEnvironment) -> Rescue:
    rescue = rescue_of(poisoned, pi)
    rescue.write(poisoned.folder)
    return rescue


def test_a_poisoned_layer_is_found_and_kept_in_float(
    rescued: Rescue, poisoned: TrainedModel, pi: PiEnvironment
) -> None:
    assert rescued.base.drop > 10
    chosen = rescued.chosen
    assert chosen is not None and chosen.drop == 0 and chosen.drift < 0.02
    workshop = workshop_of(poisoned, pi)
    float_file = workshop.float_file(workshop.conversion.pools(chosen.recipe))
    first = workshop.layers(chosen.recipe)[0]
    assert first.name in kept_layers(float_file, chosen.recipe)
    # And the rest is still in integers.
    counts = declaration(workshop.model(chosen.recipe)).operators
    assert sum(one.count for one in counts if (one.name, one.version) == ("CONV_2D", 3)) >= 1


def test_what_it_brings_back_is_there_on_pictures_that_chose_nothing(
    rescued: Rescue, poisoned: TrainedModel, pi: PiEnvironment, tmp_path: Path
) -> None:
    workshop = workshop_of(poisoned, pi)
    rows = poisoned.pictures("testing")
    truth = np.array([poisoned.labels.index(row.label) for row in rows])
    right = {}
    for trial in (rescued.base, rescued.chosen):
        path = tmp_path / f"{trial.recipe.name}.tflite"
        path.write_bytes(workshop.model(trial.recipe))
        paths = [poisoned.path_of(row) for row in rows]
        scores = pi.predict(path, paths, poisoned.labels).scores
        right[trial.recipe.name] = (scores.argmax(axis=1) == truth).mean()
    assert right[rescued.chosen.recipe.name] > right[rescued.base.recipe.name] + 0.1


def test_convert_makes_the_very_file_by_the_recipe_that_is_left(
    rescued: Rescue, poisoned: TrainedModel, pi: PiEnvironment
) -> None:
    chosen = rescued.chosen
    command = [sys.executable, "-m", "emberwatch", "convert", str(poisoned.folder)]
    command += ["--recipe", str(rescued.recipe_path(chosen)), "--edge-python", str(pi.python)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    made = poisoned.folder / "tflite" / f"{chosen.recipe.name}.tflite"
    assert sha256(made.read_bytes()) == chosen.sha256


def test_a_trial_that_was_made_is_not_made_again(
    rescued: Rescue, poisoned: TrainedModel, pi: PiEnvironment
) -> None:
    folder = poisoned.folder / "rescue" / "trials"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = rescue_of(poisoned, pi, trials=8)
    assert [one.sha256 for one in again.trials] == [one.sha256 for one in rescued.trials[:8]]
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_the_files_say_what_was_found(rescued: Rescue, poisoned: TrainedModel) -> None:
    data = json.loads((poisoned.folder / "rescue.json").read_text())
    assert data["reached"] and data["chosen"] == rescued.chosen.recipe.name
    assert len(data["trials"]) == len(rescued.trials) <= TRIALS
    for name in data["front"]:
        assert find_recipe(str(poisoned.folder / "rescue" / f"{name}.json")).name == name
    assert "Take rescue-" in data["verdict"]


def test_it_says_plainly_when_nothing_reaches_the_limit(
    poisoned: TrainedModel, pi: PiEnvironment, rescued: Rescue
) -> None:
    arguments = [str(poisoned.folder), "--edge-python", str(pi.python), "--calibration", "20"]
    arguments += ["--trials", "1", "--max-ms", "0.000001"]
    done = CliRunner().invoke(rescue_command, arguments)
    assert isinstance(done.exception, GateRefused)
    assert "No recipe in integers reaches" in done.output
    page = (poisoned.folder / "rescue.html").read_text()
    assert "No recipe in integers reaches" in page and "http" not in page.split("</style>")[1]


def test_a_float_recipe_is_nothing_to_rescue(poisoned: TrainedModel) -> None:
    done = CliRunner().invoke(rescue_command, [str(poisoned.folder), "--recipe", "float16"])
    assert isinstance(done.exception, InputError)
    assert "has no calibration to search" in str(done.exception)
