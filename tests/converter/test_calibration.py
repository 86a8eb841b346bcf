"""Claims of the calibration set, and the leaks that it must refuse."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from converter.calibration import CalibrationSet
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError


def test_classes_come_evenly(trained: TrainedModel) -> None:
    drawn = CalibrationSet.draw(trained, 31)
    counts = Counter(row.label for row in drawn.rows)
    assert len(drawn.rows) == 31
    assert max(counts.values()) - min(counts.values()) <= 1


def test_a_class_spreads_over_its_groups(trained: TrainedModel) -> None:
    drawn = CalibrationSet.draw(trained, 24)
    counts = Counter((row.label, row.group) for row in drawn.rows)
    assert set(counts.values()) == {2}


def test_a_small_class_gives_all_it_has_and_others_make_up(trained: TrainedModel) -> None:
    few = [row for row in trained.split if row.label == "blaze" and row.part == "training"][2:]
    drawn = CalibrationSet.draw(
        replace(trained, split=tuple(row for row in trained.split if row not in few)), 30
    )
    assert Counter(row.label for row in drawn.rows) == {"blaze": 2, "haze": 14, "nothing": 14}


def test_only_training_pictures_are_drawn(trained: TrainedModel) -> None:
    drawn = CalibrationSet.draw(trained, 10_000)
    assert {row.part for row in drawn.rows} == {"training"}
    assert len(drawn.rows) == len(trained.pictures("training"))


def test_same_seed_same_pictures_and_other_seed_others(trained: TrainedModel) -> None:
    first = CalibrationSet.draw(trained, 20, seed=1)
    assert first.digest == CalibrationSet.draw(trained, 20, seed=1).digest
    assert first.digest != CalibrationSet.draw(trained, 20, seed=2).digest


@pytest.mark.parametrize("part", ["testing", "validation"])
def test_a_held_out_picture_is_refused(trained: TrainedModel, part: str) -> None:
    leak = trained.pictures(part)[0]
    with pytest.raises(InputError, match=f"stands in the {part} part"):
        CalibrationSet(trained, (trained.pictures("training")[0], leak), 0)


def test_a_copy_of_a_test_picture_in_training_is_refused_and_not_drawn(
    trained: TrainedModel,
) -> None:
    test = trained.pictures("testing")[0]
    copy = replace(test, file="blaze/copy.png", part="training")
    leaky = replace(trained, split=(*trained.split, copy))
    with pytest.raises(InputError, match=r"copy\.png cannot be a calibration picture"):
        CalibrationSet(leaky, (copy,), 0)
    assert copy not in CalibrationSet.draw(leaky, 10_000).rows


def test_no_pictures_are_refused(trained: TrainedModel) -> None:
    with pytest.raises(InputError, match="no pictures"):
        CalibrationSet(trained, (), 0)


def test_the_first_tensor_pins_the_range_and_the_others_are_plain(trained: TrainedModel) -> None:
    drawn = CalibrationSet.draw(trained, 5)
    tensors = list(drawn.tensors())
    assert (tensors[0][0, 0] == 0).all() and (tensors[0][-1, -1] == 255).all()
    assert all(tensor.dtype == np.uint8 and tensor.shape == (48, 48, 3) for tensor in tensors)


def test_a_picture_that_changed_since_training_is_refused(trained: TrainedModel, tmp_path) -> None:
    row = replace(trained.pictures("training")[0], file="changed.png")
    (tmp_path / "changed.png").write_bytes(trained.path_of(trained.split[0]).read_bytes() + b" ")
    moved = replace(trained, dataset=tmp_path)
    with pytest.raises(InputError, match="changed since training"):
        next(CalibrationSet(moved, (row,), 0).tensors())


def test_a_picture_that_is_gone_is_one_clear_error(trained: TrainedModel, tmp_path) -> None:
    moved = replace(trained, dataset=tmp_path)
    with pytest.raises(InputError, match="put the dataset back"):
        next(CalibrationSet.draw(moved, 1).tensors())
