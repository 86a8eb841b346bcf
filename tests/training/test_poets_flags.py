"""Every flag of TensorFlow for Poets by what it does."""

import io
import json
import re
from contextlib import redirect_stdout
from types import SimpleNamespace

import click
import numpy as np
import pytest
from PIL import Image

from edge.contract.errors import InputError, WeightsError
from edge.contract.preprocess import Preprocess
from tests.training.pictures import write_dataset
from training.intermediates import read_checkpoint
from training.poets_view import Distortion
from training.retrain import poets_command, poets_labels

STEPS = [10, 20, 30]


def poets(*arguments):
    """Run the command in this process; return what it printed."""
    printed = io.StringIO()
    with redirect_stdout(printed):
        poets_command.main([str(a) for a in arguments], standalone_mode=False)
    return printed.getvalue()


def parsed(*arguments):
    given = ["--image_dir=x", *arguments]
    return SimpleNamespace(**poets_command.make_context("retrain.py", given).params)


def scores_of(graph_file, tensor, feed):
    import tensorflow.compat.v1 as tf

    graph_def = tf.GraphDef.FromString(graph_file.read_bytes())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        with tf.Session(graph=graph) as session:
            return session.run(f"{tensor}:0", feed)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    """A run with nearly every flag, on pictures of which some lie in the wrong folder."""
    folder = tmp_path_factory.mktemp("full")
    write_dataset(folder / "pictures", 20)
    rng = np.random.default_rng(5)
    for at in range(20):
        pixels = np.clip([210, 90, 30] + rng.integers(-30, 30, (48, 64, 3)), 0, 255)
        Image.fromarray(pixels.astype(np.uint8)).save(
            folder / "pictures" / "misc" / f"fire{at}.png"
        )
    arguments = [
        f"--image_dir={folder}/pictures",
        f"--output_graph={folder}/graph.pb",
        f"--output_labels={folder}/labels.txt",
        f"--intermediate_output_graphs_dir={folder}/between",
        "--intermediate_store_frequency=10",
        f"--summaries_dir={folder}/logs",
        "--how_many_training_steps=30",
        "--learning_rate=0.02",
        "--testing_percentage=30",
        "--validation_percentage=20",
        "--eval_step_interval=10",
        "--train_batch_size=7",
        "--test_batch_size=11",
        "--validation_batch_size=3",
        "--print_misclassified_test_images",
        f"--bottleneck_dir={folder}/bottlenecks",
        "--final_tensor_name=my_scores",
        "--flip_left_right",
        "--random_brightness=20",
        "--tfhub_module=starter",
        f"--saved_model_dir={folder}/saved",
        f"--checkpoint_path={folder}/head.npz",
    ]
    said = poets(*arguments)
    return SimpleNamespace(folder=folder, arguments=arguments, said=said)


@pytest.fixture(scope="module")
def run(full):
    from converter.trained_model import TrainedModel

    return TrainedModel.read(full.folder / "graph_run")


@pytest.fixture(scope="module")
def classifier(run):
    import keras

    return keras.models.load_model(run.keras_path, compile=False)


def test_the_test_is_on_as_many_pictures_as_asked_for(full):
    assert re.search(r"Final test accuracy = \d+\.\d% \(N=11\)", full.said)


def test_progress_is_told_every_interval(full):
    assert [int(step) for step in re.findall(r"Step (\d+): Train accuracy", full.said)] == STEPS


def test_validation_is_on_as_many_pictures_as_asked_for(full):
    shares = [float(s) for s in re.findall(r"Validation accuracy = ([\d.]+)%", full.said)]
    assert all(min(abs(share - third) for third in (0, 33.3, 66.7, 100)) < 0.1 for share in shares)


def test_the_percentages_part_the_pictures(run):
    parts = [row.part for row in run.split]
    assert len(parts) == 80
    assert 18 <= parts.count("testing") <= 30
    assert 10 <= parts.count("validation") <= 22


def test_training_is_by_the_numbers_given(run):
    head = run.parameters["head"]
    assert (head["steps"], head["learning_rate"], head["batch_size"]) == (30, 0.02, 7)


def test_mistaken_test_pictures_are_named_with_the_label_they_got(full):
    listed = full.said.partition("=== MISCLASSIFIED TEST IMAGES ===")[2]
    assert re.search(r"pictures/misc/fire\d+\.png +fire\n", listed) or re.search(
        r"pictures/fire/\d+\.\w+ +misc\n", listed
    )
    assert not re.search(r"/smoke/\d+\.\w+ +smoke\n", listed)


def test_features_are_cached_where_asked(full):
    assert list((full.folder / "bottlenecks").glob("*.sqlite"))


def test_distorted_views_are_trained_on_and_cached(full):
    import sqlite3

    keys = []
    for file in (full.folder / "bottlenecks").glob("bottlenecks-*.sqlite"):
        with sqlite3.connect(file) as cache:
            keys += [row[0] for row in cache.execute("SELECT sha256 FROM bottlenecks")]
    views = {key.partition(":")[2] for key in keys}
    assert {view for view in views if view.startswith("poets")} == {
        f"poets-1-0-0-20-{number}" for number in range(4)
    }


def test_tensorboard_finds_the_old_tags_in_both_parts(full):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.util import tensor_util

    for part in ("train", "validation"):
        events = EventAccumulator(str(full.folder / "logs" / part)).Reload()
        tags = set(events.Tags()["tensors"])
        for layer in ("weights", "biases"):
            scope = f"final_retrain_ops/{layer}/summaries"
            named = {f"{scope}/{n}" for n in ("mean", "stddev", "max", "min", "histogram")}
            assert named <= tags
        assert "final_retrain_ops/Wx_plus_b/pre_activations" in tags
        assert {"activations", "cross_entropy", "accuracy"} <= tags
        assert [event.step for event in events.Tensors("accuracy")] == STEPS
        means = events.Tensors("final_retrain_ops/weights/summaries/mean")
        kernel = read_checkpoint(full.folder / "head.npz").head.kernel
        last = float(tensor_util.make_ndarray(means[-1].tensor_proto))
        assert last == pytest.approx(float(kernel.mean()), rel=1e-4, abs=1e-7)


def test_intermediate_graphs_show_the_head_on_its_way(full):
    folder = full.folder
    assert sorted(path.name for path in (folder / "between").iterdir()) == [
        f"intermediate_{step}.pb" for step in STEPS
    ]
    feed = {"DecodeJpeg/contents:0": (folder / "pictures/fire/001.jpg").read_bytes()}
    early, late = (
        scores_of(folder / "between" / f"intermediate_{step}.pb", "my_scores", feed)
        for step in (10, 30)
    )
    final = scores_of(folder / "graph.pb", "my_scores", feed)
    assert early.shape == late.shape == final.shape == (1, 3)
    assert late.argmax() == final.argmax()
    # Both are sure of themselves: what moves is how sure.
    assert np.abs(np.log(early + 1e-30) - np.log(late + 1e-30)).max() > 0.1


def test_the_checkpoint_is_the_finished_head(full, classifier):
    stored = read_checkpoint(full.folder / "head.npz")
    kernel, bias = classifier.get_layer("class_map").get_weights()
    assert stored.step == 30
    # The finished classifier's logits are divided by one temperature.
    temperature = np.linalg.norm(stored.head.kernel) / np.linalg.norm(kernel)
    assert np.allclose(stored.head.kernel, kernel[0, 0] * temperature, rtol=1e-3, atol=1e-6)
    assert np.allclose(stored.head.bias, bias * temperature, rtol=1e-3, atol=1e-5)


def test_the_saved_model_works_with_another_final_tensor_name(full, run, classifier):
    import tensorflow as tf

    signature = tf.saved_model.load(str(full.folder / "saved")).signatures
    size = (2, run.preprocess.height, run.preprocess.width, 3)
    pixels = np.random.default_rng(1).integers(0, 256, size).astype(np.float32)
    found = signature["serving_default"](image=tf.constant(pixels / 255))["prediction"]
    expected = classifier(pixels, training=False)["scores"].numpy()
    assert np.abs(found.numpy() - expected).max() < 1e-4
    jpeg = (full.folder / "pictures/smoke/001.jpg").read_bytes()
    of_jpeg = signature["jpeg"](contents=tf.constant(jpeg))["prediction"].numpy()
    feed = {"DecodeJpeg/contents:0": jpeg}
    assert np.abs(of_jpeg - scores_of(full.folder / "graph.pb", "my_scores", feed)).max() < 1e-4


def test_the_later_label_image_feeds_a_scaled_picture(full, run, classifier):
    size = (1, run.preprocess.height, run.preprocess.width, 3)
    pixels = np.random.default_rng(2).integers(0, 256, size).astype(np.float32)
    found = scores_of(full.folder / "graph.pb", "my_scores", {"Placeholder:0": pixels / 255})
    assert np.abs(found - classifier(pixels, training=False)["scores"].numpy()).max() < 1e-4


def test_a_second_run_wipes_no_summaries_and_gives_the_same_head(full, monkeypatch):
    monkeypatch.chdir(full.folder)
    (first,) = (full.folder / "logs" / "train").iterdir()
    before, head = first.read_bytes(), read_checkpoint(full.folder / "head.npz").head
    poets(*full.arguments, "--intermediate_store_frequency=0", "--output_graph=again.keras")
    assert first.read_bytes() == before
    assert (full.folder / "logs" / "run_2" / "train").is_dir()
    assert np.array_equal(read_checkpoint(full.folder / "head.npz").head.kernel, head.kernel)


@pytest.mark.parametrize("name", ["copy.keras", "copy.tflite", "copy.savedmodel", "copy"])
def test_the_suffix_says_what_is_written(run, classifier, tmp_path, name):
    from training.exported import export

    if name.endswith(".tflite"):
        pytest.importorskip("ai_edge_litert")
    export(tmp_path / name, run)
    pixels = np.random.default_rng(3).integers(
        0, 256, (1, run.preprocess.height, run.preprocess.width, 3)
    )
    expected = classifier(pixels.astype(np.float32), training=False)["scores"].numpy()
    found, slack = _scores(tmp_path / name, pixels)
    assert np.abs(found - expected).max() < slack


def _scores(path, pixels):
    if path.suffix == ".keras":
        import keras

        model = keras.models.load_model(path, compile=False)
        return model(pixels.astype(np.float32), training=False)["scores"].numpy(), 1e-5
    if path.suffix == ".tflite":
        from ai_edge_litert.interpreter import Interpreter

        interpreter = Interpreter(str(path))
        runner = interpreter.get_signature_runner()
        (scale, zero) = runner.get_output_details()["scores"]["quantization"]
        raw = runner(picture=pixels.astype(np.uint8))["scores"]
        # 8 bits cost a few hundredths of a score.
        return (raw.astype(np.float32) - zero) * scale, 0.2
    import tensorflow as tf

    signature = tf.saved_model.load(str(path)).signatures["serving_default"]
    image = tf.constant(pixels.astype(np.float32) / 255)
    return signature(image=image)["prediction"].numpy(), 1e-4


def test_an_unknown_suffix_is_refused_before_any_work(tmp_path):
    with pytest.raises(InputError, match=r"model.onnx.*\.pb.*\.keras.*\.tflite"):
        poets(f"--image_dir={tmp_path}/none", f"--output_graph={tmp_path}/model.onnx")


def test_a_folder_of_something_else_is_not_overwritten(tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match="is no SavedModel"):
        poets(f"--image_dir={tmp_path}/none", f"--saved_model_dir={tmp_path}/photos")
    assert (tmp_path / "photos" / "a.jpg").read_bytes() == b"x"


def test_model_dir_holds_the_weights_of_the_module_named(tmp_path):
    from training.backbones import find_architecture

    write_dataset(tmp_path / "few", 10)
    (tmp_path / "weights").mkdir()
    find_architecture("mobilenet_v3_small").build().save_weights(
        tmp_path / "weights" / "small.weights.h5"
    )
    said = poets(
        f"--image_dir={tmp_path}/few",
        "--tfhub_module=mobilenet_v3_small",
        f"--model_dir={tmp_path}/weights",
        f"--bottleneck_dir={tmp_path}/bottlenecks",
        f"--output_graph={tmp_path}/o.keras",
        f"--output_labels={tmp_path}/o.txt",
        "--how_many_training_steps=5",
    )
    backbone = json.loads((tmp_path / "o_run" / "run.json").read_text())["backbone"]
    assert (backbone["name"], backbone["weights"]) == ("mobilenet_v3_small", "small.weights.h5")
    assert "fire has only 10 pictures" in said


def test_a_hub_address_is_answered_with_the_name_to_use(tmp_path):
    from training.weights import choose_backbone

    for address, name in (
        ("https://tfhub.dev/google/imagenet/inception_v3/feature_vector/3", "inception_v3"),
        ("https://tfhub.dev/google/imagenet/mobilenet_v2_100_224/classification", "mobilenet_v2"),
    ):
        with pytest.raises(WeightsError, match=f"not fetched.*use {name}"):
            choose_backbone(None, None, address)


@pytest.mark.parametrize(
    ("argument", "wanted"),
    [
        ("--flip_left_right", True),
        ("--flip_left_right=true", True),
        ("--flip_left_right=True", True),
        ("--flip_left_right=false", False),
        ("--flip-left-right", True),
        ("--flip", True),
    ],
)
def test_a_switch_stands_bare_or_with_a_value(argument, wanted):
    assert parsed(argument, "--random_crop=0").flip_left_right is wanted


@pytest.mark.parametrize(
    ("argument", "name"),
    [
        ("--how_many=7", "how_many_training_steps"),
        ("--how-many-training-steps=7", "how_many_training_steps"),
        ("--train_batch=7", "train_batch_size"),
        ("--test_b=7", "test_batch_size"),
    ],
)
def test_flags_may_be_shortened_and_written_with_dashes(argument, name):
    assert getattr(parsed(argument), name) == 7


@pytest.mark.parametrize(
    "argument",
    [
        "--testing_percentage=0",
        "--validation_percentage=0",
        "--random_crop=0",
        "--random_scale=0",
        "--random_brightness=0",
        "--intermediate_store_frequency=0",
    ],
)
def test_zero_is_a_value(argument):
    assert getattr(parsed(argument), argument[2:-2]) == 0


@pytest.mark.parametrize(
    "argument",
    [
        "--test_batch_size=0",
        "--validation_batch_size=-2",
        "--how_many_training_steps=0",
        "--random_crop=120",
        "--logging_verbosity=LOUD",
        "--flip_left_right=perhaps",
        "--random=3",
    ],
)
def test_a_value_without_sense_is_refused(argument):
    with pytest.raises(click.UsageError):
        parsed(argument)


@pytest.mark.parametrize(
    ("word", "level"), [("DEBUG", 10), ("info", 20), ("WARN", 30), ("FATAL", 50), ("40", 40)]
)
def test_verbosity_is_a_word_or_a_number(word, level):
    assert parsed(f"--logging_verbosity={word}").logging_verbosity == level


def test_verbosity_decides_what_is_said():
    from rich.console import Console

    from training.verbosity import LeveledNarrator

    heard = {}
    for level in (10, 20, 30, 40):
        out = io.StringIO()
        narrator = LeveledNarrator(level, Console(file=out))
        with narrator.step("scan"), narrator.bar("reading") as progress:
            progress(1, 1)
        narrator.say("a line")
        narrator.warn("a note")
        heard[level] = out.getvalue()
    assert "scan: " in heard[10] and "scan: " not in heard[20]
    assert "a line" in heard[20] and "reading" in heard[20] and "a note" in heard[20]
    assert heard[30].strip() == "note: a note"
    assert heard[40] == ""


def picture(height=60, width=80):
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([x * 3, y * 4, np.full_like(x, 60)], axis=-1).astype(np.uint8)


def views_of(**flags):
    size = Preprocess(32, 32)
    shas = [f"{n:064x}" for n in range(25)]
    return [v.tensor(picture(), sha, size) for sha in shas for v in Distortion(**flags).views()]


def test_no_distortion_gives_no_views():
    assert Distortion().views() == ()


def test_half_of_the_views_are_flipped():
    whole = Preprocess(32, 32).apply(picture())
    flipped = Preprocess(32, 32).apply(np.ascontiguousarray(picture()[:, ::-1]))
    kinds = [np.array_equal(view, flipped) for view in views_of(flip=True)]
    others = [np.array_equal(view, whole) for view in views_of(flip=True)]
    assert sum(kinds) + sum(others) == 100
    assert 30 <= sum(kinds) <= 70


def test_a_crop_shows_a_part_of_the_size_asked_for():
    # 100 percent: half of the width, so half of the range of the red ramp.
    for view in views_of(crop=99):
        ramp = view[..., 0].astype(int)
        assert 90 <= ramp.max() - ramp.min() <= 125


def test_scale_shows_parts_of_many_sizes():
    spans = [int(v[..., 0].max()) - int(v[..., 0].min()) for v in views_of(scale=100)]
    assert min(spans) < 150
    assert max(spans) > 200


def test_brightness_goes_both_ways_within_its_percentage():
    shares = [view[..., 2].mean() / 60 for view in views_of(brightness=30)]
    assert min(shares) < 0.85 < 1.15 < max(shares)
    assert 0.68 <= min(shares) <= max(shares) <= 1.32


def test_a_view_is_the_same_in_every_run_and_differs_from_its_sisters():
    first, second = Distortion(crop=30, brightness=20).views()[:2]
    size = Preprocess(32, 32)
    once = first.tensor(picture(), "ab" * 32, size)
    assert np.array_equal(once, first.tensor(picture(), "ab" * 32, size))
    assert not np.array_equal(once, second.tensor(picture(), "ab" * 32, size))
    assert first.key != Distortion(crop=31, brightness=20).views()[0].key


def test_labels_that_would_become_one_keep_their_own_names():
    assert poets_labels(["Fire-1", "fire 1", "Smoke_A"]) == ["Fire-1", "fire 1", "smoke a"]
