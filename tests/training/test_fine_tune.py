import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from edge.contract.errors import DatasetError, InputError
from edge.contract.picture import read_picture
from edge.contract.preprocess import Preprocess
from tests.training.pictures import write_dataset
from training import feature_maps, tune_state
from training.backbone import Backbone
from training.blocks import block_ends, part
from training.bottlenecks import Wanted
from training.classifier_model import build_classifier
from training.dataset import scan
from training.features import feature_function
from training.fine_tune import FineTuned, Labelled, fine_tune
from training.head import Head, Hidden, class_indexes
from training.narrator import Narrator
from training.tune_state import Epoch, TuneOptions
from training.tuning import epoch_rows
from training.weights import choose_backbone

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = TuneOptions(blocks=1, epochs=2, patience=9, batch_size=5, learning_rate=1e-3)


def starter() -> Backbone:
    return choose_backbone("starter", None)


def labelled(folder: Path) -> Labelled:
    found = scan(folder, None, lambda _done, _of: None)
    views = [Wanted(s.sha256, found.path_of(s)) for s in found.samples]
    return Labelled(views, class_indexes([s.label for s in found.samples], found.labels.names))


def blank_head(backbone: Backbone) -> Head:
    return Head(np.zeros((backbone.channels, 3), np.float32), np.zeros(3, np.float32))


def run(backbone, training, validation, folder, options=OPTIONS) -> FineTuned:
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    return fine_tune(
        *(backbone, blank_head(backbone), training, validation, preprocess, "float32"),
        *(folder, options, Narrator()),
    )


@pytest.fixture(scope="module")
def material(tmp_path_factory):
    """Make nine training and three validation pictures, tune on them once, keep all."""
    folder = tmp_path_factory.mktemp("material")
    training = labelled(write_dataset(folder / "training", per_class=3))
    validation = labelled(write_dataset(folder / "validation", per_class=1, seed=5))
    backbone = starter()
    before = [weight.copy() for weight in backbone.model.get_weights()]
    tuned = run(backbone, training, validation, folder / "cache")
    return folder, training, validation, backbone, before, tuned


def test_the_backbone_that_was_given_is_not_changed(material):
    *_, backbone, before, _ = material
    for now, then in zip(backbone.model.get_weights(), before, strict=True):
        assert np.array_equal(now, then)


def test_only_the_convolutions_of_the_last_block_change(material):
    *_, backbone, before, tuned = material
    after = tuned.backbone.model
    changed = {
        weight.path.split("/")[-2]
        for weight, then in zip(after.weights, before, strict=True)
        if not np.array_equal(weight.numpy(), then)
    }
    assert changed == set(tuned.blocks)
    tail = {layer.name for layer in part(backbone.model, 1).tail.layers}
    assert changed < tail
    assert not any("batch_normalization" in name for name in changed)


def test_a_tuned_backbone_has_a_digest_and_words_of_its_own(material):
    *_, backbone, _, tuned = material
    assert tuned.backbone.digest != backbone.digest
    assert "fine-tuned after mixed7" in tuned.backbone.weights
    assert tuned.backbone.describe()["cut"] == backbone.cut


def test_the_loss_falls_and_the_curve_begins_before_training(material):
    tuned = material[-1]
    assert [line.epoch for line in tuned.curve] == [0, 1, 2]
    assert tuned.curve[0].loss is None
    assert tuned.curve[0].validation_loss == pytest.approx(np.log(3), rel=1e-3)
    assert tuned.curve[2].loss < np.log(3)


def test_the_tuned_backbone_and_head_make_the_whole_classifier(material):
    """Features through the usual path, and the Keras model that is written, say the same."""
    *_, tuned = material
    size = tuned.backbone.input_size
    pixels = np.random.default_rng(0).integers(0, 256, (2, size, size, 3), dtype=np.uint8)
    features = feature_function(tuned.backbone)(pixels)
    logits = tuned.head.logits(features)
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    model = build_classifier(tuned.backbone, tuned.head)
    said = model(pixels.astype(np.float32), training=False)["scores"].numpy()
    assert np.allclose(said, scores, atol=1e-4)


def test_the_same_command_twice_does_the_work_once_and_says_the_same(material):
    folder, training, validation, backbone, _, tuned = material
    checkpoint = next((folder / "cache").glob("fine-tune-*.npz"))
    written = checkpoint.stat().st_mtime_ns
    again = run(backbone, training, validation, folder / "cache")
    assert checkpoint.stat().st_mtime_ns == written
    assert same(again, tuned)


def test_the_maps_are_gone_when_all_is_done(material):
    assert not list((material[0] / "cache").glob("maps-*"))


def test_without_room_on_disk_the_result_is_the_same_bit_for_bit(material, tmp_path, monkeypatch):
    _, training, validation, backbone, _, tuned = material
    monkeypatch.setattr(feature_maps, "KEPT_FREE_BYTES", 1 << 60)
    assert same(run(backbone, training, validation, tmp_path), tuned)


def test_a_worse_epoch_is_not_kept(material, tmp_path):
    """At a rate that wrecks the network the best weights come back, here those of the start."""
    _, training, validation, _, _, tuned = material
    names = class_indexes(["fire", "misc", "smoke"], ["fire", "misc", "smoke"])
    preprocess = Preprocess(tuned.backbone.input_size, tuned.backbone.input_size)
    pixels = np.stack(
        [item.view.tensor(read_picture(item.path), "", preprocess) for item in validation.views]
    )
    features = feature_function(tuned.backbone)(pixels)
    # The class means of the validation pictures: right on all of them from the start.
    centres = np.stack([features[validation.classes == c].mean(axis=0) for c in names])
    head = Head(2 * 100 * centres.T, -100 * (centres**2).sum(axis=1))
    assert head.accuracy(features, validation.classes) == 1
    wrecked = fine_tune(
        *(tuned.backbone, head, training, validation, preprocess, "float32", tmp_path),
        *(replace(OPTIONS, learning_rate=1.0, patience=1), Narrator()),
    )
    assert wrecked.best_epoch == 0
    assert len(wrecked.curve) == 2
    for now, then in zip(
        wrecked.backbone.model.get_weights(), tuned.backbone.model.get_weights(), strict=True
    ):
        assert np.array_equal(now, then)


CHILD = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.training.test_fine_tune import OPTIONS, labelled, run, starter
folder, cache = map(Path, sys.argv[1:])
run(starter(), labelled(folder / "training"), labelled(folder / "validation"), cache, OPTIONS)
"""


def child(folder, cache):
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), str(cache)], cwd=ROOT, stdout=subprocess.DEVNULL
    )


def test_a_run_killed_after_an_epoch_goes_on_and_ends_the_same(material, tmp_path):
    folder, training, validation, backbone, _, tuned = material
    process = child(folder, tmp_path)
    while not list(tmp_path.glob("fine-tune-*.npz")):
        assert process.poll() is None, "it ended before it could be killed"
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (checkpoint,) = tmp_path.glob("fine-tune-*.npz")
    assert tune_state.read(checkpoint).curve, "the checkpoint is not whole"
    assert same(run(backbone, training, validation, tmp_path), tuned)


def test_maps_cut_off_in_the_middle_of_one_are_gone_on_with(material, tmp_path):
    """What a kill leaves: whole maps and a part of one. Only the missing ones are computed."""
    _, training, _, backbone, _, _ = material
    frozen = part(backbone.model, 1).frozen
    compute = feature_maps.map_network(frozen, "float32")
    shape = frozen.output_shape[1:]
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    path = tmp_path / "maps-x.f16"
    told = []
    whole = feature_maps.store(
        *(path, training.views, compute, shape, preprocess), lambda done, of: told.append(done)
    ).array.copy()
    row = feature_maps.size_bytes(1, shape)
    with open(path, "r+b") as file:
        file.truncate(5 * row + row // 2)
    told.clear()
    again = feature_maps.store(
        *(path, training.views, compute, shape, preprocess), lambda done, of: told.append(done)
    )
    assert told[0] == 5
    assert np.array_equal(again.array, whole)


def test_views_of_a_picture_are_put_together_whatever_their_order(tmp_path):
    views = [Wanted(name, tmp_path) for name in "abcab"]
    order = feature_maps.together(views)
    assert [views[at].sha256 for at in order] == list("aabbc")
    assert order.tolist() == [0, 3, 1, 4, 2]


def test_a_picture_that_went_bad_is_named(material, tmp_path):
    _, training, validation, backbone, _, _ = material
    bad = tmp_path / "fire.jpg"
    bad.write_bytes(b"no picture")
    broken = Labelled([*training.views, Wanted("f" * 64, bad)], np.append(training.classes, 0))
    with pytest.raises(DatasetError, match=r"fire\.jpg"):
        run(backbone, broken, validation, tmp_path / "cache")


@pytest.mark.parametrize("blocks", [0, 9, 100])
def test_more_blocks_than_there_are_is_a_clear_error(material, tmp_path, blocks):
    _, training, validation, backbone, _, _ = material
    with pytest.raises(InputError, match="expected 1 to 8"):
        run(backbone, training, validation, tmp_path, replace(OPTIONS, blocks=blocks))


def test_a_damaged_checkpoint_is_begun_anew(tmp_path):
    path = tmp_path / "fine-tune-x.npz"
    for damaged in (b"", b"PK\x03\x04 cut off", b"something else"):
        path.write_bytes(damaged)
        assert tune_state.read(path) is None


def test_blocks_end_where_all_paths_meet():
    assert block_ends(starter().model) == [f"mixed{i}" for i in range(9)]


def test_the_two_parts_together_are_the_whole():
    model = starter().model
    pixels = np.random.default_rng(1).uniform(0, 255, (1, 171, 171, 3)).astype(np.float32)
    whole = model(pixels, training=False).numpy()
    for blocks in (1, 3, 8):
        parts = part(model, blocks)
        assert np.allclose(parts.tail(parts.frozen(pixels)).numpy(), whole, atol=1e-5)


def test_an_epoch_draws_each_class_alike_and_none_twice_before_all():
    classes = np.array([0] * 90 + [1] * 10)
    rows = np.arange(100)
    alike = np.ones(100)
    drawn = epoch_rows(rows, classes, alike, 0, 1)
    assert len(drawn) == 100
    assert 35 < (classes[drawn] == 1).sum() < 65
    common = drawn[classes[drawn] == 0]
    assert len(set(common.tolist())) == len(common)
    assert not np.array_equal(drawn, epoch_rows(rows, classes, alike, 0, 2))
    assert np.array_equal(drawn, epoch_rows(rows, classes, alike, 0, 1))


def test_views_are_drawn_by_their_weights():
    weights = np.array([3.0, 1.0, 0.0])
    drawn = np.concatenate(
        [epoch_rows(np.arange(3), np.zeros(3, int), weights, 0, epoch) for epoch in range(400)]
    )
    counts = np.bincount(drawn, minlength=3) / len(drawn)
    assert counts == pytest.approx([0.75, 0.25, 0], abs=0.03)


def test_a_head_with_a_hidden_layer_is_tuned_too(material, tmp_path):
    _, training, _, backbone, _, _ = material
    rng = np.random.default_rng(0)
    hidden = Hidden(
        rng.normal(0, 0.05, (backbone.channels, 8)).astype(np.float32), np.zeros(8, np.float32)
    )
    head = Head(rng.normal(0, 0.1, (8, 3)).astype(np.float32), np.zeros(3, np.float32), hidden)
    preprocess = Preprocess(backbone.input_size, backbone.input_size)
    options = replace(OPTIONS, epochs=1)
    nothing = Labelled([], np.zeros(0, np.int64))
    tuned = fine_tune(
        *(backbone, head, training, nothing, preprocess, "float32", tmp_path, options, Narrator())
    )
    assert tuned.best_epoch == 1
    assert tuned.head.hidden is not None
    assert not np.array_equal(tuned.head.hidden.kernel, hidden.kernel)
    assert not np.array_equal(tuned.head.kernel, head.kernel)


def test_a_later_epoch_with_equal_figures_is_no_better():
    first = Epoch(1, 0.5, 0.8, 0.4)
    assert not Epoch(2, 0.4, 0.8, 0.4).better_than(first)
    assert Epoch(2, 0.4, 0.8, 0.3).better_than(first)
    assert not Epoch(2, 0.4, 0.7, 0.1).better_than(first)


def same(one: FineTuned, other: FineTuned) -> bool:
    weights = zip(one.backbone.model.get_weights(), other.backbone.model.get_weights(), strict=True)
    return (
        all(np.array_equal(a, b) for a, b in weights)
        and np.array_equal(one.head.kernel, other.head.kernel)
        and np.array_equal(one.head.bias, other.head.bias)
        and one.backbone.digest == other.backbone.digest
        and one.curve == other.curve
    )
