"""Attacks on which pictures a benchmark counts."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from converter.benchmark.pictures import TestPictures, left_out_words
from converter.trained_model import TrainedModel
from edge.contract.errors import DatasetError, InputError, LabelsError


def copy_of(trained: TrainedModel, part: str, folder: Path, count: int, name: str = "x") -> None:
    """Put pictures of a part under other names into a folder's sub-folders."""
    for number, row in enumerate(trained.pictures(part)[:count]):
        target = folder / row.label / f"{name}{number}.png"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(trained.path_of(row), target)


def test_a_training_picture_under_another_name_is_left_out_and_said(
    trained: TrainedModel, tmp_path: Path
) -> None:
    copy_of(trained, "testing", tmp_path, 5, "new")
    copy_of(trained, "training", tmp_path, 3, "renamed")
    copy_of(trained, "validation", tmp_path, 2, "chosen")
    found = TestPictures.of_folder(tmp_path, trained.labels, trained)
    assert len(found.pictures) == 5 and len(found.left_out) == 5
    assert all("new" in picture.file for picture in found.pictures)
    words = left_out_words(found.left_out)
    assert "3 that the run has in its training part" in words
    assert "2 that the run has in its validation part" in words


def test_a_folder_of_nothing_but_training_pictures_is_refused(
    trained: TrainedModel, tmp_path: Path
) -> None:
    copy_of(trained, "training", tmp_path, 3)
    with pytest.raises(DatasetError, match="training part"):
        TestPictures.of_folder(tmp_path, trained.labels, trained)


def test_without_a_run_nothing_is_left_out(trained: TrainedModel, tmp_path: Path) -> None:
    copy_of(trained, "training", tmp_path, 3)
    assert len(TestPictures.of_folder(tmp_path, trained.labels).pictures) == 3


def test_a_sub_folder_that_is_no_class_is_refused(trained: TrainedModel, tmp_path: Path) -> None:
    copy_of(trained, "testing", tmp_path, 1)
    shutil.copytree(tmp_path / "blaze", tmp_path / "steam")
    with pytest.raises(LabelsError, match="steam"):
        TestPictures.of_folder(tmp_path, trained.labels, trained)


def test_a_picture_that_changed_since_is_refused(trained: TrainedModel, tmp_path: Path) -> None:
    copy_of(trained, "testing", tmp_path, 2)
    found = TestPictures.of_folder(tmp_path, trained.labels, trained)
    found.pictures[0].path.write_bytes(found.pictures[1].path.read_bytes())
    with pytest.raises(InputError, match="changed since"):
        found.check()
    with pytest.raises(InputError, match="changed since"):
        found.pictures[0].read()


def test_other_pictures_or_labels_are_another_set(trained: TrainedModel) -> None:
    whole = TestPictures.of_run(trained)
    assert whole.digest != replace(whole, pictures=whole.pictures[1:]).digest
    swapped = tuple(replace(one, truth=(one.truth + 1) % 3) for one in whole.pictures)
    assert whole.digest != replace(whole, pictures=swapped).digest
