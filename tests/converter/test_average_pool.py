import keras
import numpy as np
import pytest

from converter.average_pool import border_mask, is_replaceable, rewrite_average_pools

FLOAT_ROUNDING = 2e-6


def _pixels(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


# Every map that Inception v3 averages (35, 17, 8), and what a rewrite could get wrong.
@pytest.mark.parametrize(
    ("rows", "columns", "window"),
    [(35, 35, 3), (17, 17, 3), (8, 8, 3), (5, 9, 3), (1, 1, 3), (2, 2, 3), (7, 6, 2), (9, 9, 5)],
)
def test_a_pool_and_its_convolution_agree_in_every_cell(rows, columns, window):
    inputs = keras.Input((rows, columns, 6))
    pool = keras.layers.AveragePooling2D(window, strides=1, padding="same")
    model = keras.Model(inputs, pool(inputs))
    rewritten = rewrite_average_pools(model)
    assert not any(is_replaceable(layer) for layer in rewritten.layers)
    values = _pixels(2, rows, columns, 6)
    difference = np.abs(model(values).numpy() - rewritten(values).numpy())
    assert difference.max() < FLOAT_ROUNDING


def test_the_mask_makes_up_for_the_cells_outside():
    mask = border_mask(4, 5, (3, 3))[0, :, :, 0]
    assert mask.shape == (4, 5)
    assert np.all(mask[1:-1, 1:-1] == 1)
    assert mask[0, 2] == pytest.approx(3 / 2)
    assert mask[0, 0] == mask[-1, -1] == pytest.approx(9 / 4)


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(
    ("rows", "columns", "window", "stride"),
    [(17, 17, 3, 2), (8, 9, 2, 2), (9, 8, 3, 3), (7, 7, 5, 2), (8, 8, 2, 3), (8, 8, 8, 1)],
)
def test_strided_and_unpadded_pools_agree_too(rows, columns, window, stride, padding):
    inputs = keras.Input((rows, columns, 6))
    pool = keras.layers.AveragePooling2D(window, strides=stride, padding=padding)
    model = keras.Model(inputs, pool(inputs))
    rewritten = rewrite_average_pools(model)
    assert not any(is_replaceable(layer) for layer in rewritten.layers)
    assert rewritten.output.shape == model.output.shape
    values = _pixels(2, rows, columns, 6)
    difference = np.abs(model(values).numpy() - rewritten(values).numpy())
    assert difference.max() < FLOAT_ROUNDING


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.AveragePooling2D(2, strides=(1, 2), padding="same"),
        keras.layers.MaxPooling2D(3, strides=1, padding="same"),
    ],
    ids=["uneven", "max"],
)
def test_other_pools_are_left_as_they_are(layer):
    inputs = keras.Input((8, 8, 4))
    rewritten = rewrite_average_pools(keras.Model(inputs, layer(inputs)))
    assert [type(a) for a in rewritten.layers][-1] is type(layer)


def test_a_network_with_a_model_inside_keeps_its_weights_and_its_answer():
    inner_inputs = keras.Input((12, 12, 4))
    pooled = keras.layers.AveragePooling2D(3, strides=1, padding="same")(inner_inputs)
    inner = keras.Model(inner_inputs, keras.layers.Conv2D(5, 3)(pooled))
    inputs = keras.Input((12, 12, 4))
    branch = keras.layers.AveragePooling2D(3, strides=1, padding="same")(inputs)
    normalised = keras.layers.BatchNormalization()(keras.layers.Conv2D(4, 1)(branch))
    model = keras.Model(inputs, {"map": inner(normalised), "other": normalised})
    rewritten = rewrite_average_pools(model)
    values = _pixels(3, 12, 12, 4)
    before, after = model(values), rewritten(values)
    assert set(after) == {"map", "other"}
    for name in before:
        assert np.abs(before[name].numpy() - after[name].numpy()).max() < FLOAT_ROUNDING
    assert not _pools(rewritten)
    assert len(_pools(model)) == 2, "the model itself is not changed"


def _pools(model):
    inside = [a for layer in model.layers if isinstance(layer, keras.Model) for a in _pools(layer)]
    return inside + [layer for layer in model.layers if is_replaceable(layer)]
