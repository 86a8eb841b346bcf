"""Claims about the distillation: its views, its schedule, its checkpoints."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from edge.contract.errors import WeightsError
from training.starter.distil import learning_rate, soft_classes
from training.starter.heldout import SourcePicture
from training.starter.measure import Figures, Share
from training.starter.shards import make_shards, photograph_items, scene_items
from training.starter.student import Clock, Distillation, Student
from training.starter.teacher import Views, read_views, to_unit
from training.starter.views import student_view, teacher_view

SMALL = replace(Distillation(), width=0.1, input_size=107, first_size=75)


def stripes(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 255, (90, 120, 3), dtype=np.uint8)


def picture(group: str) -> SourcePicture:
    return SourcePicture(Path("a.jpg"), 0, group, "0" * 64, "r", "c", "MIT")


def test_same_seed_gives_the_same_view() -> None:
    one, other = (
        teacher_view(np.random.default_rng(5), stripes(1), stripes(2), 75) for _ in range(2)
    )
    np.testing.assert_array_equal(one, other)
    assert one.shape == (75, 75, 3)
    assert one.dtype == np.uint8


def test_views_of_a_tiny_picture_have_the_size_asked_for() -> None:
    rng = np.random.default_rng(0)
    dot = np.full((3, 2, 3), 200, np.uint8)
    for _ in range(40):
        view = teacher_view(rng, dot, dot, 64)
        assert student_view(rng, view, 32).shape == (32, 32, 3)


def test_cctv_frames_get_half_as_many_views() -> None:
    items = photograph_items([picture("web"), picture("cctv:a")], rounds=6, seed=1)
    assert (items.count(0), items.count(1)) == (6, 3)


def test_scenes_start_again_when_all_were_seen() -> None:
    assert scene_items(2, 8) == [0, 1, 2, 3, 4, 5, 0, 1]


def test_a_stopped_run_makes_no_shard_twice(tmp_path: Path) -> None:
    read: list[int] = []

    def reader(item: int) -> tuple[NDArray[np.uint8], int]:
        read.append(item)
        return stripes(item), item % 3

    def predict(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.ones((len(pictures), 8, 8, 1280), np.float32)

    said: list[str] = []

    def make() -> list[Path]:
        return make_shards(
            tmp_path, "test", predict, [0, 1, 2], reader, seed=1, student_size=75,
            progress=said.append,
        )  # fmt: skip

    paths = make()
    before = len(read)
    assert make() == paths
    assert len(read) == before
    assert len(said) == 1
    views = read_views(paths)
    assert views.pictures.shape == (3, 75, 75, 3)
    assert views.maps.shape == (3, 4, 4, 1280)
    assert list(views.labels) == [0, 1, 2]


def test_no_views_are_refused() -> None:
    with pytest.raises(WeightsError):
        read_views([])


def test_pixels_become_minus_one_to_one() -> None:
    unit = to_unit(np.array([0, 255], np.uint8))
    np.testing.assert_array_equal(unit, np.array([-1, 1], np.float32))


def test_rate_warms_up_and_ends_near_nothing() -> None:
    rates = [learning_rate(done, 1.0) for done in np.linspace(0, 1, 101)]
    assert rates[0] < 0.1
    assert max(rates) > 0.95
    assert rates[-1] < 0.02
    assert rates[3:] == sorted(rates[3:], reverse=True)


def test_soft_classes_follow_the_features() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 3
    pooled = rng.normal(0, 0.1, (90, 8)) + 3 * np.eye(8)[labels]
    empty: Any = np.zeros(0)
    classes = soft_classes(Views(empty, pooled.astype(np.float16), empty, labels))
    np.testing.assert_allclose(classes.sum(axis=1), 1, atol=1e-5)
    assert (classes.argmax(axis=1) == labels).all()


def test_checkpoint_goes_on_at_another_size(tmp_path: Path) -> None:
    first = Student(SMALL, SMALL.first_size)
    first.save(tmp_path / "c.npz", Clock(7, 1.5))
    second = Student(replace(SMALL, seed=1), SMALL.input_size)
    assert second.restore(tmp_path / "c.npz") == Clock(7, 1.5)
    for one, other in zip(first.trunk.weights, second.trunk.weights, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_checkpoint_of_another_width_is_refused(tmp_path: Path) -> None:
    Student(SMALL, 75).save(tmp_path / "c.npz", Clock())
    with pytest.raises(WeightsError, match="another student"):
        Student(replace(SMALL, width=0.2), 75).restore(tmp_path / "c.npz")


def test_balanced_accuracy_is_the_mean_of_recalls_within_its_interval() -> None:
    found = Figures({"fire": Share(9, 10), "misc": Share(50, 100)})
    value, low, high = found.balanced
    assert value == pytest.approx(0.7)
    assert 0.5 < low < value < high < 0.8
    assert len(found.cells()) == 4
