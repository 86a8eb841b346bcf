"""TensorFlow for Poets' own command, and the script that its readers wrote after it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.training.command import ROOT
from tests.training.pictures import write_dataset
from training.retrain import poets_label

# What a reader of the tutorial had: TensorFlow 1 style, fed with a JPEG file's bytes.
LABEL_IMAGE = """
import sys
import tensorflow.compat.v1 as tf
data = open(sys.argv[1], "rb").read()
labels = [line.rstrip() for line in tf.gfile.GFile(sys.argv[3])]
with tf.gfile.GFile(sys.argv[2], "rb") as f:
    graph_def = tf.GraphDef()
    graph_def.ParseFromString(f.read())
    tf.import_graph_def(graph_def, name="")
with tf.Session() as sess:
    tensor = sess.graph.get_tensor_by_name("final_result:0")
    predictions = sess.run(tensor, {"DecodeJpeg/contents:0": data})
for i in predictions[0].argsort()[::-1]:
    print("%s (score = %.5f)" % (labels[i], predictions[0][i]))
"""


@pytest.fixture(scope="module")
def poets(tmp_path_factory):
    folder = tmp_path_factory.mktemp("poets")
    write_dataset(folder / "pictures", 20)
    (folder / "inception").mkdir()
    finished = subprocess.run(
        [sys.executable, str(ROOT / "training" / "retrain.py")]
        + [f"--bottleneck_dir={folder}/bottlenecks", f"--model_dir={folder}/inception"]
        + ["--how_many_training_steps=200", f"--output_graph={folder}/retrained_graph.pb"]
        + [f"--output_labels={folder}/retrained_labels.txt", f"--image_dir={folder}/pictures"],
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
        cwd=folder,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return folder, finished


def test_the_final_test_accuracy_is_printed_as_it_was(poets):
    assert "Final test accuracy = " in poets[1].stdout


def test_a_tensorflow_1_script_gets_scores_for_jpeg_bytes(poets):
    folder, _ = poets
    picture = folder / "pictures" / "fire" / "001.jpg"
    files = [folder / "retrained_graph.pb", folder / "retrained_labels.txt"]
    finished = subprocess.run(
        [sys.executable, "-c", LABEL_IMAGE, str(picture), *map(str, files)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.startswith("fire (score = ")
    scores = dict(line.split(" (score = ") for line in finished.stdout.splitlines())
    assert sum(float(s.rstrip(")")) for s in scores.values()) == pytest.approx(1, abs=1e-3)


def test_the_graph_scales_a_large_picture_as_training_did(poets, tmp_path):
    import keras
    import tensorflow.compat.v1 as tf

    from converter.trained_model import TrainedModel
    from edge.contract.picture import read_picture

    folder, _ = poets
    y, x = np.mgrid[0:700, 0:900]
    waves = np.stack([127 + 120 * np.sin(x / 9), 127 + 120 * np.sin(y / 7), (x + y) % 256], -1)
    picture = tmp_path / "waves.jpg"
    Image.fromarray(waves.astype(np.uint8)).save(picture, quality=95)
    graph_def = tf.GraphDef.FromString((folder / "retrained_graph.pb").read_bytes())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        with tf.Session(graph=graph) as session:
            found = session.run("final_result:0", {"DecodeJpeg/contents:0": picture.read_bytes()})
    model = TrainedModel.read(folder / "retrained_graph_run")
    pixels = model.preprocess.apply(read_picture(picture))[np.newaxis].astype(np.float32)
    network = keras.models.load_model(model.keras_path, compile=False)
    assert np.abs(network(pixels)["scores"].numpy() - found).max() < 0.02


def test_labels_are_spelt_as_of_old_but_keep_every_alphabet():
    assert poets_label("Burning_Car (2)") == "burning car 2"
    assert poets_label("Дым-и-пар") == "дым и пар"


def test_an_unknown_flag_is_refused_with_the_nearest(tmp_path: Path):
    finished = subprocess.run(
        [sys.executable, str(ROOT / "training" / "retrain.py"), "--image_dirr=x"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 2
    assert "--image_dir" in finished.stderr
    assert "Traceback" not in finished.stderr
