"""Bottlenecks in 8 bits: on a real conversion of the starter, calibrated on real files."""

import json
from dataclasses import replace

import numpy as np
import pytest

from edge.contract.labels import Labels
from edge.contract.picture import read_picture
from edge.contract.preprocess import Preprocess
from tests.training.pictures import COLOURS, write_dataset
from training import dataset, split
from training.feature_source import choose_source
from training.features import TensorflowFeatures
from training.int8_backbone import REVISION, Int8Backbone
from training.int8_features import Pool
from training.weights import choose_backbone

LABELS = Labels(tuple(sorted(COLOURS)))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A dataset with one damaged picture, its split, and a quantised starter."""
    folder = tmp_path_factory.mktemp("int8")
    write_dataset(folder / "pictures", 12)
    torn = folder / "pictures" / "fire" / "001.jpg"
    torn.write_bytes(torn.read_bytes()[:600])
    rows = split.split(dataset.scan(folder / "pictures").samples, 20, 20)
    backbone = choose_backbone("starter", None)
    said = []
    source = _source(folder, backbone, rows, said.append)
    return folder, backbone, rows, source, source.portable(), said


def _source(folder, backbone, rows, say=print, where="cache"):
    return choose_source(
        "int8",
        backbone,
        "auto",
        _preprocess(backbone),
        bottleneck_dir=folder / where,
        dataset=folder / "pictures",
        rows=rows,
        labels=LABELS,
        say=say,
    )


def _preprocess(backbone):
    return Preprocess(backbone.input_size, backbone.input_size)


def _pixels(folder, backbone):
    paths = sorted((folder / "pictures").glob("*/*.PNG"))
    return np.stack([_preprocess(backbone).apply(read_picture(path)) for path in paths])


def test_features_are_near_the_float_ones(made):
    folder, backbone, _, source, network, _ = made
    pixels = _pixels(folder, backbone)
    exact = TensorflowFeatures(backbone, "float32").open()(pixels)
    rounded = network.open()(pixels)
    assert rounded.dtype == np.float32
    cosine = (exact * rounded).sum(1) / np.linalg.norm(exact, axis=1)
    assert (cosine / np.linalg.norm(rounded, axis=1)).min() > 0.98
    assert source.digest != TensorflowFeatures(backbone, "float32").digest


def test_features_do_not_depend_on_the_cores_or_the_batch(made):
    folder, backbone, _, _, network, _ = made
    pixels = _pixels(folder, backbone)
    one, three = Pool(network.model, 1), Pool(network.model, 3)
    assert one(pixels).tobytes() == three(pixels).tobytes()
    assert one(pixels[5:6]).tobytes() == three(pixels)[5].tobytes()


def test_the_conversion_is_said_and_done_once(made):
    folder, backbone, rows, source, network, said = made
    assert len(said) == 1
    assert "half a minute" in said[0]
    again = []
    kept = _source(folder, backbone, rows, again.append)
    assert kept.digest == source.digest
    assert kept.portable() == network
    assert again == []


def test_only_training_pictures_calibrate_and_a_damaged_one_is_left_out(made):
    _, _, rows, source, _, _ = made
    parts = {row.sha256: row.part for row in rows}
    record = json.loads(source.int8.path.with_suffix(".json").read_text())
    assert {parts[sha256] for sha256 in record["drawn"]} == {"training"}
    torn = [row.sha256 for row in rows if row.file == "fire/001.jpg"]
    assert set(record["drawn"]) - set(record["files"]) <= set(torn)
    assert not set(torn) & set(record["files"])


def test_a_grown_dataset_keeps_its_features(made, tmp_path):
    folder, backbone, rows, source, _, _ = made
    drawn = {row.sha256 for row in source.int8.calibration.rows}
    first = Int8Backbone.choose(
        backbone, tmp_path, folder / "pictures", rows, LABELS, _preprocess(backbone), pictures=6
    )
    first.path.write_bytes(b"converted")
    chosen = [row.sha256 for row in first.calibration.rows]
    first.path.with_suffix(".json").write_text(json.dumps({"drawn": chosen, "seed": 0}))
    other = next(row for row in rows if row.sha256 in drawn and row.sha256 not in chosen)
    more = (*rows, *(replace(other, file=f"n{i}", sha256=f"{i:064}") for i in range(40)))
    grown = Int8Backbone.choose(
        backbone, tmp_path, folder / "pictures", more, LABELS, _preprocess(backbone), pictures=6
    )
    assert grown.digest == first.digest
    # Without the kept one, the grown dataset would have drawn others.
    fresh = Int8Backbone.choose(
        backbone, folder, folder / "pictures", more, LABELS, _preprocess(backbone), pictures=6
    )
    assert fresh.digest != first.digest


def test_a_kept_backbone_is_not_used_once_its_picture_is_held_out(made):
    folder, backbone, rows, source, _, _ = made
    moved = source.int8.calibration.rows[0].sha256
    other = [replace(r, part="testing") if r.sha256 == moved else r for r in rows]
    assert _source(folder, backbone, other).digest != source.digest


def test_a_damaged_record_is_passed_over(made):
    folder, backbone, rows, source, _, _ = made
    for content in ("", "[]", '{"drawn": 5, "seed": 0}', '{"drawn": [], "seed": 0}'):
        where = folder / "damaged"
        where.mkdir(exist_ok=True)
        record = where / f"backbone-{backbone.digest}-int8-{REVISION}-0000.json"
        record.write_text(content)
        assert _source(folder, backbone, rows, where="damaged").digest == source.digest
