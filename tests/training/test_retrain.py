"""The retrain command on real files, in a process of its own, interrupted for real."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import numpy as np
import pytest

from converter.trained_model import TrainedModel
from edge.contract.errors import PictureError
from edge.contract.picture import read_picture
from edge.contract.preprocess import Preprocess
from tests.training.command import assert_one_clear_line, emberwatch
from tests.training.pictures import write_dataset
from training.bottlenecks import Wanted, decode

STEPS = ("--weights", "starter", "--steps", "200")
# What is asked of a run here does not hang on its probe or on how many views there are.
QUICK = (*STEPS, "--no-probe", "--crops", "1", "--patches", "1")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    write_dataset(folder / "pictures", 24)
    (folder / "pictures" / "fire" / "torn.jpg").write_bytes(
        (folder / "pictures" / "fire" / "001.jpg").read_bytes()[:600]
    )
    (folder / "pictures" / "misc" / "text.jpg").write_text("not a picture")
    finished = emberwatch(
        *("retrain", folder / "pictures", "--out", folder / "run", *STEPS),
        *("--bottleneck-dir", folder / "cache", "--testing", 25, "--validation", 20),
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return folder, finished


def test_accuracy_is_printed_as_it_goes_and_at_the_end(trained):
    _, finished = trained
    assert "Step 200: Train accuracy = " in finished.stdout
    assert "Validation accuracy = " in finished.stdout
    assert "Final test accuracy = " in finished.stdout
    assert "95% interval" in finished.stdout
    assert "true \\ predicted" in finished.stdout
    assert "ImageNet weights do better" in finished.stdout.replace("\n", " ")


def test_unreadable_pictures_are_listed_and_skipped(trained):
    folder, finished = trained
    assert "skipped fire/torn.jpg" in finished.stdout
    assert "skipped misc/text.jpg" in finished.stdout
    model = TrainedModel.read(folder / "run")
    assert {item["file"] for item in model.metrics["unreadable"]} == {
        "fire/torn.jpg",
        "misc/text.jpg",
    }
    assert not any("torn" in row.file for row in model.split)


def test_the_run_holds_model_labels_split_parameters_and_figures(trained):
    folder, _ = trained
    model = TrainedModel.read(folder / "run")
    assert (folder / "run" / "labels.txt").read_text() == "fire\nmisc\nsmoke\n"
    assert len(model.split) == 72
    accuracy = model.metrics["test"]["accuracy"]
    assert accuracy["low"] < accuracy["value"]
    assert accuracy["value"] > 0.9
    assert model.parameters["head"]["steps"] == 200
    assert model.versions["tensorflow"].startswith("2.")
    assert model.backbone["name"] == "starter"


def test_the_keras_model_gives_what_the_figures_say(trained):
    import keras

    folder, _ = trained
    model = TrainedModel.read(folder / "run")
    network = keras.models.load_model(model.keras_path, compile=False)
    rows = model.pictures("testing")
    pixels = np.stack([model.preprocess.apply(read_picture(model.path_of(r))) for r in rows])
    out = network(pixels.astype(np.float32))
    right = [
        model.labels.names[i] == r.label
        for i, r in zip(out["scores"].numpy().argmax(1), rows, strict=True)
    ]
    assert np.mean(right) == pytest.approx(model.metrics["test"]["accuracy"]["value"])
    # The scores are the softmax of the class map's mean: the map says where.
    logits = out["class_map"].numpy().mean(axis=(1, 2))
    raised = np.exp(logits - logits.max(1, keepdims=True))
    expected = raised / raised.sum(1, keepdims=True)
    assert np.abs(expected - out["scores"].numpy()).max() < 1e-4


def test_training_sees_the_very_tensor_that_the_camera_sees(trained):
    folder, _ = trained
    model = TrainedModel.read(folder / "run")
    pictures = [Wanted(row.sha256, model.path_of(row)) for row in model.split[:9]]
    for decoded in decode(pictures, model.preprocess):
        same = Preprocess(model.preprocess.width, model.preprocess.height)
        assert decoded.tensor.tobytes() == same.apply(read_picture(decoded.wanted.path)).tobytes()


def test_an_edited_picture_gets_new_features(trained, tmp_path):
    folder, _ = trained
    model = TrainedModel.read(folder / "run")
    caches = (folder / "cache").glob("bottlenecks-*.sqlite")
    (cache,) = (path for path in caches if "texture" not in path.name)
    whole = "SELECT count(*) FROM bottlenecks WHERE sha256 NOT LIKE '%:%'"
    stored = sqlite3.connect(cache).execute(whole).fetchone()[0]
    assert stored == len({row.sha256 for row in model.split})
    edited = folder / "pictures" / "fire" / "003.jpg"
    kept = edited.read_bytes()
    try:
        edited.write_bytes((folder / "pictures" / "fire" / "005.jpg").read_bytes() + b"\0")
        finished = emberwatch(
            *("retrain", folder / "pictures", "--out", tmp_path / "run", *STEPS),
            *("--bottleneck-dir", folder / "cache", "--testing", 25, "--validation", 20),
        )
        assert finished.returncode == 0, finished.stderr
    finally:
        edited.write_bytes(kept)
    assert sqlite3.connect(cache).execute(whole).fetchone()[0] == stored + 1


@pytest.mark.parametrize("sign", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path, sign):
    write_dataset(tmp_path / "pictures", 150)
    command = [sys.executable, "-P", "-m", "emberwatch", "retrain", str(tmp_path / "pictures")]
    command += ["--out", str(tmp_path / "run"), *QUICK, "--bottleneck-dir", str(tmp_path / "cache")]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    cache = _wait_for_features(tmp_path / "cache", running)
    running.send_signal(sign)
    output, _ = running.communicate(timeout=120)
    assert running.returncode == (130 if sign == signal.SIGINT else -signal.SIGKILL), output
    assert not (tmp_path / "run").exists()
    connection = sqlite3.connect(cache)
    # A mark on one stored row: were it computed again, the mark would go.
    (marked,) = connection.execute("SELECT min(sha256) FROM bottlenecks").fetchone()
    with connection:
        connection.execute(
            "UPDATE bottlenecks SET features = zeroblob(length(features)) WHERE sha256 = ?",
            (marked,),
        )
    connection.close()
    finished = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    blob = (
        sqlite3.connect(cache)
        .execute("SELECT features FROM bottlenecks WHERE sha256 = ?", (marked,))
        .fetchone()[0]
    )
    assert not any(blob)
    assert TrainedModel.read(tmp_path / "run").labels.names == ("fire", "misc", "smoke")


def _wait_for_features(folder, running):
    for _ in range(2400):
        for cache in folder.glob("*.sqlite"):
            try:
                connection = sqlite3.connect(cache, timeout=10)
                found = connection.execute("SELECT count(*) FROM bottlenecks").fetchone()[0]
                connection.close()
            except sqlite3.OperationalError:
                found = 0
            if found:
                return cache
        assert running.poll() is None, running.stdout.read()
        time.sleep(0.05)
    raise AssertionError("no features within two minutes")


def test_a_full_disk_while_the_cache_is_written_is_one_line_and_no_run(tmp_path):
    write_dataset(tmp_path / "pictures", 150)
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (400000, 400000)); "
        "import emberwatch; sys.argv[0] = 'emberwatch'; emberwatch.main()"
    )
    finished = subprocess.run(
        [sys.executable, "-P", "-c", limited, "retrain", str(tmp_path / "pictures")]
        + ["--out", str(tmp_path / "run"), *STEPS, "--bottleneck-dir", str(tmp_path / "cache")],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        env=os.environ,
    )
    assert_one_clear_line(finished, 5, "cannot write the bottleneck cache", "Next: free some space")
    assert not (tmp_path / "run").exists()
    (cache,) = (tmp_path / "cache").glob("bottlenecks-*.sqlite")
    kept = sqlite3.connect(cache).execute("SELECT count(*) FROM bottlenecks").fetchone()[0]
    assert 0 < kept < 450


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: None, ["there is no folder"]),
        (lambda folder: write_dataset(folder, 5, colours={"fire": (1, 1, 1)}), ["too few classes"]),
        (lambda folder: write_dataset(folder, 5) and (folder / "steam").mkdir(), ["steam/"]),
    ],
    ids=["no such folder", "one class", "an empty class"],
)
def test_a_folder_that_cannot_be_trained_on_is_one_line(tmp_path, make, words):
    make(tmp_path / "pictures")
    finished = emberwatch(
        *("retrain", tmp_path / "pictures", "--out", tmp_path / "run"),
        *("--weights", "starter", "--bottleneck-dir", tmp_path / "cache"),
    )
    assert_one_clear_line(finished, 2, *words)
    assert not (tmp_path / "run").exists()


def test_wrong_weights_are_one_line(tmp_path):
    write_dataset(tmp_path / "pictures", 12)
    (tmp_path / "w.h5").write_text("hello")
    finished = emberwatch(
        *("retrain", tmp_path / "pictures", "--out", tmp_path / "run"),
        *("--weights", tmp_path / "w.h5", "--bottleneck-dir", tmp_path / "cache"),
    )
    assert_one_clear_line(finished, 2, "does not hold weights of Inception v3")
    assert not (tmp_path / "run").exists()


def test_the_first_pictures_of_a_process_are_read_by_many_threads_at_once(tmp_path):
    write_dataset(tmp_path, 2)
    script = (
        "import sys; from concurrent.futures import ThreadPoolExecutor; from pathlib import Path;"
        "from edge.contract.picture import read_picture;"
        "print(len(list(ThreadPoolExecutor(8).map(read_picture, [Path(sys.argv[1])] * 32))))"
    )
    for _ in range(5):
        finished = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path / "fire" / "000.PNG")],
            capture_output=True,
            text=True,
            check=False,
        )
        assert finished.stdout.strip() == "32", finished.stderr


def test_site_frames_train_as_the_negative_class_and_are_never_tested_on(tmp_path):
    write_dataset(tmp_path / "pictures", 20)
    write_dataset(tmp_path / "camera", 12, seed=5, colours={"view": (90, 160, 90)})
    finished = emberwatch(
        *("retrain", tmp_path / "pictures", "--site-frames", tmp_path / "camera"),
        *("--out", tmp_path / "run", *QUICK, "--bottleneck-dir", tmp_path / "cache"),
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    model = TrainedModel.read(tmp_path / "run")
    site = [row for row in model.split if row.group == "site"]
    assert len(site) == 12
    assert {(row.label, row.part) for row in site} == {("misc", "training")}
    assert all(model.path_of(row).is_file() for row in site)


def test_site_frames_of_an_unknown_class_are_refused(tmp_path):
    write_dataset(tmp_path / "pictures", 12)
    finished = emberwatch(
        *("retrain", tmp_path / "pictures", "--site-frames", tmp_path / "pictures" / "misc"),
        *("--negative", "nothing", "--out", tmp_path / "run", *QUICK),
    )
    assert_one_clear_line(finished, 2, "no class is named 'nothing'", "fire, misc, smoke")


def test_a_site_frame_that_is_a_dataset_picture_too_keeps_its_part_there(tmp_path):
    write_dataset(tmp_path / "pictures", 20)
    finished = emberwatch(
        *("retrain", tmp_path / "pictures", "--site-frames", tmp_path / "pictures" / "misc"),
        *("--out", tmp_path / "run", *QUICK, "--bottleneck-dir", tmp_path / "cache"),
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    hashes = [row.sha256 for row in TrainedModel.read(tmp_path / "run").split]
    assert len(hashes) == len(set(hashes)) == 60


def test_a_picture_that_went_away_is_not_remembered_as_damaged(tmp_path):
    write_dataset(tmp_path, 2)
    path = tmp_path / "fire" / "000.PNG"
    away = path.with_name("away")
    path.rename(away)
    with pytest.raises(PictureError, match="cannot read"):
        list(decode([Wanted("0" * 64, path)], Preprocess(8, 8)))
    away.rename(path)
    (decoded,) = decode([Wanted("0" * 64, path)], Preprocess(8, 8))
    assert decoded.tensor is not None


def test_every_cut_that_the_weights_reach_is_tried_and_the_best_is_said(tmp_path):
    write_dataset(tmp_path / "pictures", 12)
    finished = emberwatch(
        *("retrain", tmp_path / "pictures", "--cut", "auto", "--out", tmp_path / "run", *QUICK),
        *("--bottleneck-dir", tmp_path / "cache", "--testing", 25, "--validation", 20),
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    model = TrainedModel.read(tmp_path / "run")
    tried = model.metrics["folds"]["cuts"]
    assert set(tried) == {"mixed8+mixed6", "mixed8", "mixed7", "mixed6"}
    (chosen,) = (line for line in finished.stdout.splitlines() if line.endswith(", chosen"))
    assert chosen.split(":")[0].strip() == model.backbone["cut"]
