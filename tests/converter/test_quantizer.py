"""Quantizer and activations: the layers asked for in integers, and the others in float."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from converter.activations import Activations
from converter.calibration import CalibrationSet
from converter.keras_model import KerasModel
from converter.pi_environment import PiEnvironment
from converter.pixel_input import with_pixel_input
from converter.preflight.flatbuffer import declaration
from converter.quantizer import kept_layers, layer_names, quantise
from converter.recipes import RECIPES
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError, ModelError
from edge.contract.picture import read_picture
from tests.converter.conftest import make_conversion

HEAD, WIDE = RECIPES["int8-float-head"], RECIPES["int16x8"]


@pytest.fixture(scope="module")
def float_file(trained: TrainedModel) -> bytes:
    return KerasModel(trained).to_float_file()


@pytest.fixture(scope="module")
def activations(trained: TrainedModel, float_file: bytes) -> Activations:
    tensors = CalibrationSet.draw(trained, 20).tensors()
    return Activations(float_file, keep_values=True).add(tensors)


@pytest.mark.parametrize("recipe", [HEAD, WIDE], ids=lambda recipe: recipe.name)
def test_every_runtime_here_gives_nearly_the_float_scores(
    recipe, trained, float_file, activations, pi_environments: list[PiEnvironment], tmp_path
) -> None:
    model = tmp_path / "model.tflite"
    model.write_bytes(quantise(float_file, recipe, activations.ranges()))
    paths = [trained.path_of(row) for row in trained.pictures("testing")]
    tensors = [trained.preprocess.apply(read_picture(path)) for path in paths]
    expected = KerasModel(trained).scores(tensors)
    for environment in pi_environments:
        scores = environment.predict(model, paths, trained.labels).scores
        assert np.abs(scores - expected).max() < 0.05
        assert (scores.argmax(1) == expected.argmax(1)).all()


def test_the_file_takes_pixels_and_says_which_runtime_it_needs(float_file, activations) -> None:
    declared = declaration(quantise(float_file, HEAD, activations.ranges()))
    assert [(i.name, i.dtype, i.scale, i.zero_point) for i in declared.inputs] == [
        ("picture", "uint8", 1.0, 0)
    ]
    assert {(o.name, o.dtype) for o in declared.outputs} == {
        ("scores", "float32"),
        ("class_map", "float32"),
    }
    assert declared.min_runtime_version == "1.14.0"
    versions = {(operator.name, operator.version) for operator in declared.operators}
    assert {("CONV_2D", 3), ("CONV_2D", 1), ("MEAN", 1), ("SOFTMAX", 1)} <= versions
    wide = declaration(quantise(float_file, WIDE, activations.ranges()))
    assert wide.newer_than("2.4.0") and not wide.newer_than("2.14.0")


def test_operators_have_the_versions_that_tensorflow_gives_them(
    converted: TrainedModel, float_file, activations
) -> None:
    theirs = declaration((converted.folder / "tflite" / "int8.tflite").read_bytes())
    whole = replace(HEAD, float_from="")
    ours = declaration(quantise(float_file, whole, activations.ranges()))
    known = {operator.name: operator.version for operator in theirs.operators}
    for operator in ours.operators:
        if operator.name != "DEQUANTIZE":
            assert operator.version == known[operator.name], operator


def test_a_layer_that_is_named_stays_in_float_and_no_other(float_file, activations) -> None:
    third = layer_names(float_file)[2]
    recipe = replace(HEAD, float_from="", float_layers=(f"^{re.escape(third)}$",))
    assert kept_layers(float_file, recipe) == {third}
    declared = declaration(quantise(float_file, recipe, activations.ranges()))
    counts = {(operator.name, operator.version): operator.count for operator in declared.operators}
    in_float = sum(
        count
        for (name, version), count in counts.items()
        if version == 1 and name not in ("QUANTIZE", "DEQUANTIZE")
    )
    assert in_float == 1


def test_the_head_is_what_makes_the_class_map_and_all_after_it(float_file) -> None:
    kept = kept_layers(float_file, HEAD)
    assert kept == set(layer_names(float_file)[-3:])


def test_the_same_input_gives_the_same_bytes(trained, float_file, activations) -> None:
    again = Activations(float_file, keep_values=True)
    again.add(CalibrationSet.draw(trained, 20).tensors())
    recipe = replace(HEAD, least_error=False, percentile=99.9)
    assert quantise(float_file, recipe, activations.ranges(99.9)) == quantise(
        float_file, recipe, again.ranges(99.9)
    )


def test_a_recipe_of_another_network_is_refused(float_file, activations) -> None:
    recipe = replace(HEAD, float_layers=("mixed7_1/concat",))
    with pytest.raises(InputError, match="not in this model.*mixed7_1"):
        quantise(float_file, recipe, activations.ranges())
    with pytest.raises(InputError, match="no such output"):
        quantise(float_file, replace(HEAD, float_from="boxes"), activations.ranges())


def test_a_percentile_cuts_what_is_rare_and_never_the_pixels_or_the_outputs(activations) -> None:
    whole, cut = activations.ranges(), activations.ranges(99.0)
    narrower = [name for name in whole if cut[name][1] < whole[name][1]]
    assert len(narrower) > 3
    assert all(whole[name][0] <= cut[name][0] <= cut[name][1] <= whole[name][1] for name in cut)
    ends = [name for name in whole if name not in narrower]
    assert any(whole[name] == (0, 255) for name in ends)


@pytest.mark.parametrize("percentile", [50, 0, -1, 100.1, float("nan")])
def test_a_percentile_that_is_none_is_refused(activations, percentile: float) -> None:
    with pytest.raises(InputError, match="no such percentile"):
        activations.ranges(percentile)


def test_no_pictures_give_no_ranges(float_file) -> None:
    with pytest.raises(InputError, match="no pictures to calibrate"):
        Activations(float_file).ranges()


def test_pixels_whose_range_is_not_all_of_a_byte_are_refused(float_file, activations) -> None:
    ranges = {
        name: (0.0, 254.0) if span == (0, 255) else span
        for name, span in activations.ranges().items()
    }
    with pytest.raises(ModelError, match="takes no pixels"):
        quantise(float_file, HEAD, ranges)


def test_a_float_file_gets_no_pixel_input(float_file) -> None:
    with pytest.raises(ModelError, match="takes no pixels"):
        with_pixel_input(float_file)


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(ModelError, match="does not run"):
        Activations(b"TFL3 and nothing more")


def test_convert_takes_a_recipe_from_a_file(own_run, pi: PiEnvironment, tmp_path: Path) -> None:
    recipe = replace(HEAD, name="mine", float_from="", pictures=12, seed=4, pools="convolution")
    model = make_conversion(own_run, pi).convert(recipe)
    assert model.path.name == "mine.tflite"
    assert model.pools == "convolution"
    assert model.calibration is not None
    assert (model.calibration["pictures"], model.calibration["seed"]) == (12, 4)
    assert model.declared.count("DEPTHWISE_CONV_2D") == 1
