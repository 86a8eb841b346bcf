"""Claims of conversion, held in every runtime at hand."""

import os
import shutil
import stat
import sys
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from converter.calibration import read_row
from converter.keras_model import KerasModel
from converter.pi_environment import PiEnvironment
from converter.preflight.flatbuffer import declaration
from converter.recipes import RECIPES, find_recipe, parse_recipes
from converter.tflite_model import TfliteModel, model_path
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError, MachineError, ModelError, ModelRefused
from edge.contract.tensors import TensorSpec
from edge.inference.classifier import Classifier
from edge.inference.interpreter import Interpreter
from tests.converter.conftest import make_conversion
from tests.converter.small_run import network

INT8 = find_recipe("int8")


def test_int8_takes_pixels_as_they_are_and_gives_scores_in_256ths(converted: TrainedModel) -> None:
    model = TfliteModel.read(converted, INT8)
    assert model is not None
    assert model.declared.inputs == (TensorSpec("picture", (1, 48, 48, 3), "uint8", 1.0, 0),)
    outputs = {spec.name: spec for spec in model.declared.outputs}
    scores, class_map = outputs["scores"], outputs["class_map"]
    assert (scores.name, scores.shape, scores.dtype) == ("scores", (1, 3), "uint8")
    assert (scores.scale, scores.zero_point) == (1 / 256, 0)
    assert class_map.shape == (1, 6, 6, 3)


def test_every_recipe_also_gives_what_the_class_map_is_made_of(converted: TrainedModel) -> None:
    rows = converted.pictures("training")[:3]
    pictures = [converted.preprocess.apply(read_row(converted, row)) for row in rows]
    model_read = keras.models.load_model(converted.keras_path)
    made_of = keras.Model(model_read.input, model_read.output["class_map"]._keras_history[0].input)
    cells = made_of.predict(np.stack(pictures).astype("float32"), verbose=0)
    for name in ("float32", "int8"):
        model = TfliteModel.read(converted, RECIPES[name])
        assert model is not None
        interpreter = Interpreter(model.path.read_bytes())
        classifier = Classifier.from_model(interpreter, converted.labels)
        for picture, expected in zip(pictures, cells.mean(axis=(1, 2)), strict=True):
            found = classifier.classify_tensor(picture, features=True).features
            assert found is not None
            spread = float(expected.std())
            slack = 1e-4 if name == "float32" else 0.2
            assert np.abs(found - expected).mean() < slack * spread
        assert classifier.classify_tensor(pictures[0]).features is None


def test_int8_has_no_dense_layer_and_no_float_operator(converted: TrainedModel) -> None:
    declared = declaration(model_path(converted, INT8).read_bytes())
    names = {operator.name for operator in declared.operators}
    assert "FULLY_CONNECTED" not in names
    assert not names & {"CAST", "DEQUANTIZE"}
    assert {"CONV_2D", "CONCATENATION", "AVERAGE_POOL_2D", "MEAN", "SOFTMAX"} <= names


@pytest.mark.parametrize("name", ["float16", "float32"])
def test_a_float_model_takes_uint8_pixels_too(converted: TrainedModel, name: str) -> None:
    model = TfliteModel.read(converted, RECIPES[name])
    assert model is not None
    assert model.declared.inputs == (TensorSpec("picture", (1, 48, 48, 3), "uint8"),)
    assert {spec.dtype for spec in model.declared.outputs} == {"float32"}


@pytest.mark.parametrize("name", ["int8", "float16", "float32"])
def test_every_runtime_gives_the_float_models_scores(
    converted: TrainedModel, pi_environments: list[PiEnvironment], name: str
) -> None:
    rows = converted.pictures("testing")
    paths = [converted.path_of(row) for row in rows]
    expected = KerasModel(converted).scores(_tensors(converted, paths))
    limit = 0.08 if name == "int8" else RECIPES[name].float_tolerance
    for environment in pi_environments:
        model = model_path(converted, RECIPES[name])
        predictions = environment.predict(model, paths, converted.labels)
        assert np.abs(predictions.scores - expected).max() <= limit, environment.runtime


def test_int8_scores_are_within_a_few_quanta_between_runtimes(
    converted: TrainedModel, pi_environments: list[PiEnvironment]
) -> None:
    paths = [converted.path_of(row) for row in converted.split]
    model = model_path(converted, INT8)
    scores = [env.predict(model, paths, converted.labels).scores for env in pi_environments]
    for other in scores[1:]:
        off = np.abs(other - scores[0]).max(axis=1)
        assert np.median(off) <= 1 / 256 + 1e-6
        assert off.max() <= 4 / 256 + 1e-6  # docs/decisions/int8-between-runtimes.md


def test_the_record_says_how_the_model_was_made(converted: TrainedModel) -> None:
    model = TfliteModel.read(converted, INT8)
    assert model is not None
    assert model.calibration is not None
    assert model.calibration["pictures"] == 20
    assert model.calibration["per_class"] == {"blaze": 7, "haze": 7, "nothing": 6}
    assert model.trial.pictures == 6 and model.trial.runtime.split()[1][0].isdigit()
    assert set(model.versions) >= {"tensorflow", "keras", "numpy", "ai-edge-quantizer"}


def test_converting_twice_gives_the_same_bytes(own_run: TrainedModel, pi: PiEnvironment) -> None:
    before = model_path(own_run, INT8).read_bytes()
    make_conversion(own_run, pi).convert(INT8)
    assert model_path(own_run, INT8).read_bytes() == before


def test_a_changed_file_another_recipe_or_another_keras_model_makes_the_record_stale(
    own_run: TrainedModel,
) -> None:
    path = model_path(own_run, INT8)
    assert TfliteModel.read(own_run, INT8) is not None
    assert TfliteModel.read(own_run, replace(INT8, bias_correction=False)) is None
    path.write_bytes(path.read_bytes() + b"\0")
    assert TfliteModel.read(own_run, INT8) is None
    assert TfliteModel.read(own_run, RECIPES["float32"]) is not None
    own_run.keras_path.write_bytes(b"another")
    assert TfliteModel.read(own_run, RECIPES["float32"]) is None


def test_dynamic_range_is_refused_for_tflite_runtime_and_leaves_no_file(
    own_run: TrainedModel, pi_environments: list[PiEnvironment], need
) -> None:
    old = [env for env in pi_environments if env.runtime.startswith("tflite-runtime")]
    need(old, "no environment with tflite-runtime")
    recipe = RECIPES["dynamic"]
    make_conversion(own_run, old[0], force=True).convert(recipe)
    assert model_path(own_run, recipe).exists()
    with pytest.raises(ModelRefused, match=r"tflite-runtime 2\.14\.0.*use --recipe int8"):
        make_conversion(own_run, old[0]).convert(recipe)
    assert not list(own_run.folder.glob("tflite/*dynamic*"))


def test_dynamic_range_is_made_for_litert(
    own_run: TrainedModel, pi_environments: list[PiEnvironment]
) -> None:
    new = next(env for env in pi_environments if env.runtime.startswith("ai-edge-litert"))
    model = make_conversion(own_run, new).convert(RECIPES["dynamic"])
    assert model.trial.runtime == new.runtime


def test_a_runtime_that_crashes_is_said_to_and_leaves_no_file(
    own_run: TrainedModel, fake_pi
) -> None:
    crashing = fake_pi(
        "import os, signal, sys\n"
        "if '-c' in sys.argv: print('ai-edge-litert 2.3.0'); sys.exit()\n"
        f"if '-I' in sys.argv: os.execv('{sys.executable}', ['{sys.executable}', *sys.argv[1:]])\n"
        "os.kill(os.getpid(), signal.SIGSEGV)"
    )
    with pytest.raises(ModelRefused, match="crashed on .*SIGSEGV"):
        make_conversion(own_run, crashing).convert(INT8)
    assert not list(own_run.folder.glob("tflite/*int8*"))


def test_a_python_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="is no Python to run"):
        PiEnvironment.find(tmp_path / "python")


def test_a_python_without_a_runtime_is_one_clear_error(fake_pi) -> None:
    with pytest.raises(MachineError, match="no TFLite runtime"):
        _ = fake_pi("print('')").runtime


def test_a_dense_head_is_not_let_through(own_run: TrainedModel, pi: PiEnvironment) -> None:
    network(3, dense_head=True).save(own_run.keras_path)
    with pytest.raises(ModelError, match="dense layer, which kills"):
        make_conversion(own_run, pi).convert(INT8)
    assert not model_path(own_run, INT8).exists()


def test_a_keras_model_of_another_number_of_classes_is_refused(
    own_run: TrainedModel, pi: PiEnvironment
) -> None:
    network(4).save(own_run.keras_path)
    with pytest.raises(ModelError, match=r"expected scores \[n, 3\]"):
        make_conversion(own_run, pi).convert(INT8)


def test_a_file_that_is_no_keras_model_is_refused(own_run: TrainedModel, pi: PiEnvironment) -> None:
    own_run.keras_path.write_bytes(b"nothing of the kind")
    with pytest.raises(ModelError, match="cannot read the Keras model"):
        make_conversion(own_run, pi).convert(INT8)


def test_recipes_are_read_from_a_list() -> None:
    assert [recipe.name for recipe in parse_recipes("float32, int8,int8")] == ["float32", "int8"]
    assert [recipe.name for recipe in parse_recipes("all")] == list(RECIPES)
    with pytest.raises(InputError, match="no recipe is called 'int4'"):
        parse_recipes("int8,int4")
    with pytest.raises(InputError, match="no recipe was named"):
        parse_recipes(",")


@pytest.fixture
def fake_pi(tmp_path: Path):
    """Return a function that makes a Pi environment whose Python does what a script says."""

    def make(script: str) -> PiEnvironment:
        folder = Path(os.path.realpath(tmp_path)) / f"fake{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        path = folder / "python"
        path.write_text(f"#!{shutil.which('python3')}\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return PiEnvironment(path)

    return make


def _tensors(trained: TrainedModel, paths: list[Path]):
    from edge.contract.picture import read_picture

    return [trained.preprocess.apply(read_picture(path)) for path in paths]
