import shutil

import numpy as np
import pytest

from edge.contract.errors import WeightsError
from training.weights import choose_backbone


@pytest.fixture(scope="module")
def inception():
    import keras

    keras.utils.set_random_seed(3)
    return keras.applications.InceptionV3(
        weights=None, include_top=False, input_shape=(299, 299, 3)
    )


@pytest.fixture(scope="module")
def noise():
    return np.random.default_rng(0).integers(0, 256, (2, 299, 299, 3)).astype(np.float32)


def cut_file(inception, block, path):
    import keras

    model = keras.Model(inception.input, inception.get_layer(block).output)
    model.save_weights(path)
    return model


@pytest.mark.parametrize("block", ["mixed8", "mixed10"])
def test_a_file_cut_at_a_block_gives_the_same_features(inception, noise, tmp_path, block):
    path = tmp_path / "cut.weights.h5"
    model = cut_file(inception, block, path)
    backbone = choose_backbone(str(path), block)
    assert backbone.cut == block
    expected = model(noise / 127.5 - 1).numpy()
    found = backbone.model(noise).numpy()
    # Folding the normalisation in changes the rounding and nothing else.
    assert np.abs(found - expected).max() <= 1e-3 * np.abs(expected).max()


def test_two_layers_are_joined_on_the_cells_of_the_later_one(inception, noise, tmp_path):
    import keras

    cut_file(inception, "mixed8", tmp_path / "cut.weights.h5")
    backbone = choose_backbone(str(tmp_path / "cut.weights.h5"), None)
    assert (backbone.cut, backbone.taps) == ("mixed8+mixed6", (1280, 768))
    layers = [inception.get_layer(name).output for name in ("mixed8", "mixed6")]
    late, early = keras.Model(inception.input, layers)(noise / 127.5 - 1)
    found = backbone.model(noise).numpy()
    early = early.numpy()
    corner = early[:, :3, :3].mean(axis=(1, 2))
    for got, expected in ((found[..., :1280], late.numpy()), (found[:, 0, 0, 1280:], corner)):
        assert np.abs(got - expected).max() <= 1e-3 * np.abs(expected).max()


def test_weights_that_lack_a_joined_layer_are_cut_at_their_deepest(inception, tmp_path):
    cut_file(inception, "mixed7", tmp_path / "cut.weights.h5")
    assert choose_backbone(str(tmp_path / "cut.weights.h5"), None).cut == "mixed7"


def test_a_shallower_cut_of_the_same_file_is_possible(inception, tmp_path):
    path = tmp_path / "cut.weights.h5"
    cut_file(inception, "mixed8", path)
    assert choose_backbone(str(path), "mixed7").channels == 768


def test_weights_that_end_before_the_cut_are_refused(inception, tmp_path):
    path = tmp_path / "cut.weights.h5"
    cut_file(inception, "mixed8", path)
    with pytest.raises(WeightsError, match=r"do not reach mixed10.*--cut mixed8\+mixed6"):
        choose_backbone(str(path), "mixed10")


def test_a_full_file_with_its_top_can_be_cut_at_its_deepest_block(tmp_path):
    import keras

    keras.applications.InceptionV3(weights=None).save_weights(tmp_path / "full.weights.h5")
    assert choose_backbone(str(tmp_path / "full.weights.h5"), "mixed10").channels == 2048


def test_keras_older_format_is_read(inception, noise, tmp_path):
    import h5py
    from keras.src.legacy.saving import legacy_h5_format

    path = tmp_path / "notop.h5"
    with h5py.File(path, "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, inception)
    found = choose_backbone(str(path), "mixed10").model(noise).numpy()
    expected = inception(noise / 127.5 - 1).numpy()
    assert np.abs(found - expected).max() <= 1e-3 * np.abs(expected).max()


def test_a_format_is_known_by_content_not_by_name(inception, tmp_path):
    cut_file(inception, "mixed8", tmp_path / "cut.weights.h5")
    shutil.move(tmp_path / "cut.weights.h5", tmp_path / "renamed.hdf5")
    assert choose_backbone(str(tmp_path / "renamed.hdf5"), None).cut == "mixed8+mixed6"


def test_weights_of_another_architecture_are_refused(tmp_path):
    import keras

    other = keras.applications.MobileNetV3Small(weights=None, input_shape=(64, 64, 3))
    other.save_weights(tmp_path / "other.weights.h5")
    with pytest.raises(WeightsError, match="does not hold weights of Inception v3"):
        choose_backbone(str(tmp_path / "other.weights.h5"), None)


def test_a_text_file_is_no_weights_file(tmp_path):
    (tmp_path / "w.h5").write_text("hello")
    with pytest.raises(WeightsError, match="no HDF5 file"):
        choose_backbone(str(tmp_path / "w.h5"), None)


def test_the_starter_needs_no_network_and_says_what_would_do_better():
    backbone = choose_backbone("starter", None)
    assert backbone.name == "starter"
    assert "--weights FILE" in backbone.quality
    assert backbone.digest == choose_backbone("starter", None).digest
