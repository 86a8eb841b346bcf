"""Claims of scoring: the same scores however the pictures are shared out, and kept scores."""

from pathlib import Path

import numpy as np
import pytest

from converter.benchmark.figure_store import FigureStore
from converter.benchmark.measure import run_benchmark
from converter.benchmark.pictures import TestPictures
from converter.benchmark.scoring import score
from converter.benchmark.setup import Setup
from converter.benchmark.subject import Subject
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.recipes import find_recipe
from converter.tflite_model import TfliteModel
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError
from edge.inference.predictions import Predictions
from tests.converter.conftest import make_conversion


class Counted(PiEnvironment):
    """A Pi environment that counts how often it was asked."""

    asked = 0

    def predict(self, *arguments: object, **more: object) -> Predictions:
        self.asked += 1
        return super().predict(*arguments, **more)


def subject_of(converted: TrainedModel, name: str) -> Subject:
    model = TfliteModel.read(converted, find_recipe(name))
    assert model is not None
    return Subject.of_model(model, converted.labels, converted.preprocess.fit)


@pytest.mark.parametrize("name", ["int8", "float32"])
def test_several_processes_give_the_scores_of_one(
    converted: TrainedModel, pi: PiEnvironment, name: str
) -> None:
    paths = TestPictures.of_run(converted).paths
    ticks: list[int] = []
    subject = subject_of(converted, name)
    shared = score(pi, subject, paths, 3, lambda: ticks.append(1))
    alone = score(pi, subject, paths, 1, lambda: None)
    assert len(ticks) == len(paths) == 48
    assert shared.tensor_sha256 == alone.tensor_sha256
    assert np.array_equal(shared.scores, alone.scores)


def test_8_bit_scores_are_the_same_by_any_number_of_threads(
    converted: TrainedModel, pi_environments: list[PiEnvironment]
) -> None:
    paths = TestPictures.of_run(converted).paths[:12]
    subject = subject_of(converted, "int8")
    for environment in pi_environments:
        found = [
            environment.predict(subject.path, paths, subject.labels, "squash", threads).scores
            for threads in (1, 2, 3)
        ]
        assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])


def test_an_unreadable_picture_is_noted_in_its_own_place(
    converted: TrainedModel, pi: PiEnvironment, tmp_path: Path
) -> None:
    paths = list(TestPictures.of_run(converted).paths)
    paths[33] = tmp_path / "bad.jpg"
    paths[33].write_bytes(b"no picture")
    found = score(pi, subject_of(converted, "int8"), paths, 3, lambda: None)
    assert [place for place, problem in enumerate(found.problems) if problem] == [33]
    assert np.isnan(found.scores[33]).all() and not np.isnan(found.scores[34]).any()


def test_what_was_scored_is_not_scored_again_until_something_changes(
    own_run: TrainedModel, pi: PiEnvironment, tmp_path: Path
) -> None:
    counted = Counted(pi.python)
    pictures = TestPictures.of_run(own_run)

    def measure(fresh: bool = False, shown: TestPictures = pictures) -> object:
        store = FigureStore(tmp_path, fresh)
        setup = Setup(shown, (counted,), Progress(), None, store)
        return run_benchmark(make_conversion(own_run, counted), [find_recipe("int8")], setup)

    first = measure()
    asked = counted.asked
    assert asked == 1
    again = measure()
    assert counted.asked == asked
    assert again == first
    measure(fresh=True)
    assert counted.asked == asked + 1
    fewer = TestPictures(pictures.labels, pictures.pictures[:30], pictures.source)
    measure(shown=fewer)
    assert counted.asked == asked + 2


def test_kept_scores_of_a_picture_that_changed_are_not_used(
    own_run: TrainedModel, pi: PiEnvironment, tmp_path: Path
) -> None:
    folder = tmp_path / "copies"
    for row in own_run.pictures("testing"):
        target = folder / row.file
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(own_run.path_of(row).read_bytes())
    pictures = TestPictures.of_folder(folder, own_run.labels)
    store = FigureStore(tmp_path / "kept")
    setup = Setup(pictures, (pi,), Progress(), None, store)
    run_benchmark(make_conversion(own_run, pi), [], setup)
    pictures.pictures[0].path.write_bytes(pictures.pictures[1].path.read_bytes())
    with pytest.raises(InputError, match="changed since"):
        run_benchmark(make_conversion(own_run, pi), [], setup)
