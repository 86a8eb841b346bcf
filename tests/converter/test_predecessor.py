"""Claims of --like: which pictures are taken over, and which never."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from converter.calibration import CalibrationSet
from converter.convert_cli import convert_command
from converter.predecessor import Predecessor
from converter.trained_model import TrainedModel
from edge.contract.errors import BundleError, InputError


def hashes(drawn: CalibrationSet) -> tuple[str, ...]:
    return tuple(drawn.to_json()["hashes"])


@pytest.fixture
def older(trained: TrainedModel) -> Predecessor:
    drawn = CalibrationSet.draw(trained, 30, seed=4)
    return Predecessor(Path("older.ember"), hashes(drawn), "")


def test_the_same_pictures_come_in_the_same_order(
    trained: TrainedModel, older: Predecessor
) -> None:
    drawn = older.calibration_set(trained, None, seed=0)
    assert hashes(drawn) == older.calibration and drawn.kept == 30
    assert drawn.digest == CalibrationSet.draw(trained, 30, seed=4).digest
    assert older.account(drawn) == "calibrating with the 30 pictures of older.ember"


@pytest.mark.parametrize("part", ["testing", "validation"])
def test_a_picture_that_is_held_out_now_is_never_taken(
    trained: TrainedModel, older: Predecessor, part: str
) -> None:
    moved = set(older.calibration[:7])
    split = tuple(
        replace(row, part=part) if row.sha256[:16] in moved else row for row in trained.split
    )
    now = replace(trained, split=split)
    drawn = older.calibration_set(now, None, seed=0)
    assert not moved & set(hashes(drawn))
    assert (len(drawn.rows), drawn.kept) == (30, 23)
    assert hashes(drawn)[:23] == older.calibration[7:]
    assert older.account(drawn) == (
        "calibrating with 23 of the 30 pictures of older.ember and 7 new ones "
        "(the others are held out now, or gone)"
    )


def test_a_copy_of_a_test_picture_is_never_taken(trained: TrainedModel, older: Predecessor) -> None:
    row = next(row for row in trained.split if row.sha256[:16] == older.calibration[0])
    copy = replace(row, file="blaze/copy.png", part="testing")
    leaky = replace(trained, split=(*trained.split, copy))
    drawn = older.calibration_set(leaky, None, seed=0)
    assert older.calibration[0] not in hashes(drawn)


def test_what_is_gone_is_made_up_by_the_class_that_lost_it(
    trained: TrainedModel, older: Predecessor
) -> None:
    gone = [n for n in older.calibration if _label(trained, n) == "blaze"][:6]
    left = tuple(row for row in trained.split if row.sha256[:16] not in gone)
    drawn = older.calibration_set(replace(trained, split=left), None, seed=0)
    assert Counter(row.label for row in drawn.rows) == {"blaze": 10, "haze": 10, "nothing": 10}


def test_a_number_that_was_asked_for_counts(trained: TrainedModel, older: Predecessor) -> None:
    assert hashes(older.calibration_set(trained, 12, 0)) == older.calibration[:12]
    more = older.calibration_set(trained, 40, 0)
    assert hashes(more)[:30] == older.calibration and len(set(hashes(more))) == 40


def test_another_backbone_is_said(trained: TrainedModel, older: Predecessor) -> None:
    other = replace(older, backbone="another")
    account = other.account(other.calibration_set(trained, None, 0))
    assert "older.ember has another backbone" in account


def test_a_run_folder_is_an_older_model_too(converted: TrainedModel) -> None:
    older = Predecessor.read(converted.folder)
    assert older.calibration == hashes(CalibrationSet.draw(converted, 20))
    assert not older.golden


def test_a_run_that_does_not_name_its_pictures_is_refused(own_run: TrainedModel) -> None:
    record = own_run.folder / "tflite" / "int8.json"
    content = json.loads(record.read_text())
    del content["calibration"]["hashes"]
    record.write_text(json.dumps(content))
    with pytest.raises(InputError, match="does not say which pictures") as caught:
        Predecessor.read(own_run.folder)
    assert "convert the older run again" in str(caught.value.next_step)


def test_a_run_converted_like_itself_gives_the_same_model(own_run: TrainedModel) -> None:
    model = own_run.folder / "tflite" / "int8.tflite"
    before = model.read_bytes()
    done = CliRunner().invoke(convert_command, [str(own_run.folder), "--like", str(own_run.folder)])
    assert done.exit_code == 0, done.output
    assert "calibrating with the 20 pictures of run" in done.stderr
    assert "an update from the one in run is 0." in done.stdout
    assert model.read_bytes() == before


def test_what_is_no_run_and_no_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no finished training run"):
        Predecessor.read(tmp_path)
    (tmp_path / "x.ember").write_bytes(b"no bundle")
    with pytest.raises(BundleError):
        Predecessor.read(tmp_path / "x.ember")


def _label(trained: TrainedModel, name: str) -> str:
    return next(row.label for row in trained.split if row.sha256[:16] == name)
