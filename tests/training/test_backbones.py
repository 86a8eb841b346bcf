"""Every backbone sees a pixel as the network that it was made from did."""

import numpy as np
import pytest

from edge.contract.errors import InputError, WeightsError
from training.backbone import make_backbone
from training.backbones import ARCHITECTURES, CENTRE_LAYER, find_architecture
from training.weights import choose_backbone

MODES = {"signed": "tf", "caffe": "caffe", "torch": "torch"}


def pixels(size):
    """One noisy picture and one that is black, where a wrong border shows most."""
    noise = np.random.default_rng(0).integers(0, 256, (size, size, 3))
    return np.stack([noise, np.zeros_like(noise)]).astype(np.float32)


def close(found, expected):
    return np.abs(found - expected).max() <= 1e-4 * np.abs(expected).max()


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_pixels_give_what_keras_own_preprocessing_gives(name):
    import keras

    architecture = find_architecture(name)
    trunk = architecture.build()
    cut = architecture.find_cut(trunk, architecture.cuts[-1]).output
    picture = pixels(architecture.input_size)
    if architecture.pixels == "built in":
        normalised = picture
    else:
        normalised = keras.applications.imagenet_utils.preprocess_input(
            picture.copy(), mode=MODES[architecture.pixels]
        )
    # The network behind the layer that centres, which is what Keras's constructor makes.
    layers = {layer.name: layer for layer in trunk.layers}
    start = layers[CENTRE_LAYER].output if CENTRE_LAYER in layers else trunk.inputs[0]
    expected = keras.Model(start, cut)(normalised, training=False).numpy()
    backbone = make_backbone(name, trunk, architecture.cuts[-1], "", "", architecture)
    found = backbone.model(picture, training=False).numpy()
    assert found.shape == expected.shape
    assert close(found, expected)
    assert expected.std() > 0


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_network_may_end_at_each_of_its_cuts_the_deepest_first(name):
    architecture = find_architecture(name)
    trunk = architecture.build()
    order = [id(layer) for layer in trunk.layers]
    ends = [architecture.find_cut(trunk, cut) for cut in architecture.cuts]
    places = [order.index(id(layer)) for layer in ends]
    assert places == sorted(places, reverse=True)
    assert ends[0] is trunk.layers[-1]
    rows = [layer.output.shape[1] for layer in ends]
    assert rows == sorted(rows)


@pytest.fixture(scope="module")
def small():
    import keras

    keras.utils.set_random_seed(4)
    return keras.applications.MobileNetV3Small(
        weights=None, include_top=True, classes=1000, input_shape=(224, 224, 3)
    )


@pytest.fixture(scope="module")
def expected(small):
    import keras

    # The layer after it has a number for a name.
    after = [layer.name for layer in small.layers].index("conv_1_bn") + 1
    last = keras.Model(small.inputs[0], small.layers[after].output)
    return last(pixels(224), training=False).numpy()


@pytest.mark.parametrize("suffix", [".weights.h5", ".keras", ".h5"])
def test_a_whole_file_of_keras_gives_its_last_feature_map(small, expected, tmp_path, suffix):
    path = tmp_path / f"whole{suffix}"
    if suffix == ".keras":
        small.save(path)
    elif suffix == ".h5":
        import h5py
        from keras.src.legacy.saving import legacy_h5_format

        with h5py.File(path, "w") as file:
            legacy_h5_format.save_weights_to_hdf5_group(file, small)
    else:
        small.save_weights(path)
    backbone = choose_backbone(str(path), None, "mobilenet_v3_small")
    assert backbone.cut == "top"
    assert close(backbone.model(pixels(224), training=False).numpy(), expected)


def test_imagenet_weights_of_efficientnet_are_corrected_as_keras_does(tmp_path):
    import keras

    stock = keras.applications.EfficientNetB0(
        weights=None, include_top=False, input_shape=(224, 224, 3)
    )
    mean, variance = np.array([0.485, 0.456, 0.406]), np.array([0.3, 0.2, 0.25])
    (normalisation,) = [a for a in stock.layers if isinstance(a, keras.layers.Normalization)]
    normalisation.set_weights([mean, variance, np.array(0)])
    normalisation.finalize_state()
    stock.save_weights(tmp_path / "e.weights.h5")
    # keras.applications.efficientnet divides by the root of this once more.
    deviation = np.array([0.229, 0.224, 0.225])
    corrected = (pixels(224) / 255 - mean) / np.sqrt(variance) / np.sqrt(deviation)
    rest = keras.Model(normalisation.output, stock.get_layer("block5c_add").output)
    expected = rest(corrected.astype(np.float32), training=False).numpy()
    backbone = choose_backbone(str(tmp_path / "e.weights.h5"), "block5c_add", "efficientnet_b0")
    assert close(backbone.model(pixels(224), training=False).numpy(), expected)


def test_a_file_of_another_network_is_refused_by_both_names(small, tmp_path):
    small.save_weights(tmp_path / "small.weights.h5")
    with pytest.raises(WeightsError, match=r"not hold weights of mobilenet_v2.*--backbone"):
        choose_backbone(str(tmp_path / "small.weights.h5"), None, "mobilenet_v2")


def test_random_weights_say_loudly_that_they_know_nothing_and_are_the_same_each_time():
    backbone = choose_backbone("random", None, "mobilenet_v3_small")
    assert "RANDOM" in backbone.quality
    assert "never for a camera" in backbone.quality
    assert backbone.digest == choose_backbone("random", None, "mobilenet_v3_small").digest
    assert backbone.model(pixels(224), training=False).numpy().std() > 1e-3


def test_an_unknown_backbone_is_answered_with_the_known_ones():
    with pytest.raises(InputError, match="'mobilenet_v9'.*mobilenet_v3_large"):
        choose_backbone("random", None, "mobilenet_v9")


def test_an_unknown_cut_is_answered_with_the_cuts_there_are():
    with pytest.raises(WeightsError, match="mixed8.*top, expanded_conv_10_add"):
        choose_backbone("random", "mixed8", "mobilenet_v3_small")


def test_the_starter_is_of_inception_alone():
    assert choose_backbone(None, None, "starter").name == "starter"
    with pytest.raises(WeightsError, match="no starter weights of mobilenet_v2"):
        choose_backbone("starter", None, "mobilenet_v2")


def test_without_network_or_file_a_backbone_says_which_file_to_fetch(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    for variable in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with pytest.raises(WeightsError, match=r"mobilenet_v2_weights.*no_top\.h5.*--weights FILE"):
        choose_backbone(None, None, "mobilenet_v2")


def test_a_file_cut_at_a_block_reaches_no_further(tmp_path):
    import keras

    architecture = find_architecture("mobilenet_v3_small")
    whole = architecture.build()
    block = whole.get_layer("expanded_conv_10_add").output
    keras.Model(whole.inputs[0], block).save_weights(tmp_path / "cut.weights.h5")
    backbone = choose_backbone(str(tmp_path / "cut.weights.h5"), None, architecture.name)
    assert (backbone.cut, backbone.channels) == ("expanded_conv_10_add", 96)
    with pytest.raises(WeightsError, match="do not reach top"):
        choose_backbone(str(tmp_path / "cut.weights.h5"), "top", architecture.name)


@pytest.mark.parametrize("rescaled", [True, False])
def test_a_module_of_your_own_is_fed_pixels_or_hub_s_zero_to_one(tmp_path, rescaled):
    import keras

    picture = keras.Input((64, 64, 3))
    inside = keras.layers.Rescaling(1 / 50.0)(picture) if rescaled else picture
    cells = keras.layers.Conv2D(5, 3, strides=4, name="cells")(inside)
    pooled = keras.layers.GlobalAveragePooling2D()(cells)
    keras.Model(picture, pooled).save(tmp_path / "own.keras")
    own = keras.Model(picture, cells)
    backbone = choose_backbone(None, None, str(tmp_path / "own.keras"))
    given = pixels(64)
    expected = own(given if rescaled else given / 255).numpy()
    assert (backbone.input_size, backbone.channels) == (64, 5)
    assert close(backbone.model(given, training=False).numpy(), expected)


def test_a_module_that_is_no_network_of_pictures_is_refused(tmp_path):
    import keras

    keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)]).save(tmp_path / "dense.keras")
    with pytest.raises(WeightsError, match="cannot be a backbone"):
        choose_backbone(None, None, str(tmp_path / "dense.keras"))
    with pytest.raises(WeightsError, match="there is no module"):
        choose_backbone(None, None, str(tmp_path / "none.keras"))


@pytest.mark.parametrize("pooled", [True, False])
def test_a_saved_model_is_a_backbone_and_its_classifier_stands_alone(tmp_path, pooled):
    import shutil

    import keras

    from training.classifier_model import build_classifier
    from training.head import Head

    picture = keras.Input((64, 64, 3))
    cells = keras.layers.Conv2D(5, 3, strides=4)(picture)
    own = keras.Model(picture, keras.layers.GlobalAveragePooling2D()(cells) if pooled else cells)
    own.export(tmp_path / "module", verbose=False)
    backbone = choose_backbone(None, None, str(tmp_path / "module"))
    expected = own(pixels(64) / 255).numpy()
    found = backbone.model(pixels(64), training=False).numpy()
    assert (backbone.input_size, backbone.channels) == (64, 5)
    assert close(found[:, 0, 0] if pooled else found, expected)
    other = keras.models.clone_model(own)
    other.export(tmp_path / "other", verbose=False)
    assert choose_backbone(None, None, str(tmp_path / "other")).digest != backbone.digest
    rng = np.random.default_rng(0)
    head = Head(rng.normal(size=(5, 2)).astype(np.float32), np.zeros(2, np.float32))
    classifier = build_classifier(backbone, head)
    classifier.save(tmp_path / "classifier.keras")
    shutil.rmtree(tmp_path / "module")
    again = keras.models.load_model(tmp_path / "classifier.keras")
    given = classifier(pixels(64), training=False)["scores"].numpy()
    assert close(again(pixels(64), training=False)["scores"].numpy(), given)


def test_a_saved_model_without_features_is_refused(tmp_path):
    import tensorflow as tf

    module = tf.Module()
    tf.saved_model.save(module, str(tmp_path / "empty"))
    with pytest.raises(WeightsError, match="cannot be a backbone.*signatures none"):
        choose_backbone(None, None, str(tmp_path / "empty"))
