"""Claims of the metadata in a model: nothing moves, nothing breaks, every runtime signs it."""

import io
import json
import subprocess
import zipfile

import numpy as np
import pytest

from converter.metadata import BUFFER_NAME, describe, with_metadata
from converter.metadata_schema import IDENTIFIER
from converter.pi_environment import PiEnvironment
from converter.preflight.flatbuffer import declaration
from converter.recipes import find_recipe
from converter.tflite_model import model_path
from converter.trained_model import TrainedModel
from edge.contract.errors import ModelError
from edge.inference.model_shape import check_whole

RECIPES = ("int8", "float16", "float32")
# Asks a runtime's own signature runner, on a grey picture.
SIGNATURE = """
import json, sys
import numpy as np
try:
    from ai_edge_litert.interpreter import Interpreter
except ImportError:
    from tflite_runtime.interpreter import Interpreter
interpreter = Interpreter(model_path=sys.argv[1])
runner = interpreter.get_signature_runner()
given = {"picture": np.full((1, 48, 48, 3), 128, np.uint8)}
outputs = {name: list(value.shape) for name, value in runner(**given).items()}
print(json.dumps({"signatures": interpreter.get_signature_list(), "outputs": outputs}))
"""


def _model(converted: TrainedModel, recipe: str) -> bytes:
    return model_path(converted, find_recipe(recipe)).read_bytes()


def _parsed(model: bytes):
    from ai_edge_litert import schema_py_generated as schema

    return schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(model), 0))


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_converted_model_holds_its_description_and_its_labels(
    converted: TrainedModel, recipe: str
) -> None:
    model = _model(converted, recipe)
    parsed = _parsed(model)
    (index,) = [entry.buffer for entry in parsed.metadata if entry.name == BUFFER_NAME.encode()]
    assert bytes(parsed.buffers[index].data[4:8]) == IDENTIFIER
    with zipfile.ZipFile(io.BytesIO(model)) as archive:
        assert archive.testzip() is None
        assert archive.read("labels.txt").decode() == converted.labels.to_text()


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_converters_own_bytes_stay_as_they_were(converted: TrainedModel, recipe: str) -> None:
    model = _model(converted, recipe)
    described = with_metadata(model, converted, recipe)
    assert described == with_metadata(model, converted, recipe)
    # Behind a head of a whole number of cache lines, so that no weight's alignment changes.
    assert described.index(model) % 64 == 0
    assert declaration(described) == declaration(model)


def test_every_buffer_keeps_its_place_and_content(converted: TrainedModel) -> None:
    model = _model(converted, "int8")
    before, after = _parsed(model), _parsed(with_metadata(model, converted, "int8"))
    assert len(after.buffers) == len(before.buffers) + 1
    for old, new in zip(before.buffers, after.buffers, strict=False):
        np.testing.assert_array_equal(old.data, new.data)
    kept = ("version", "description", "metadataBuffer")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert [tensor.buffer for tensor in after.subgraphs[0].tensors] == [
        tensor.buffer for tensor in before.subgraphs[0].tensors
    ]


def test_describing_again_replaces_the_description(converted: TrainedModel) -> None:
    twice = with_metadata(_model(converted, "int8"), converted, "int8")
    names = [entry.name for entry in _parsed(twice).metadata]
    assert names.count(BUFFER_NAME.encode()) == 1
    assert b"min_runtime_version" in names


def test_another_description_gives_the_same_scores_in_every_runtime(
    converted: TrainedModel, pi_environments: list[PiEnvironment], tmp_path
) -> None:
    path = model_path(converted, find_recipe("int8"))
    again = tmp_path / "again.tflite"
    again.write_bytes(with_metadata(path.read_bytes(), converted, "int8, once more"))
    pictures = [converted.path_of(row) for row in converted.pictures("testing")[:6]]
    for environment in pi_environments:
        one, other = (environment.predict(m, pictures, converted.labels) for m in (path, again))
        np.testing.assert_array_equal(one.scores, other.scores)


def test_the_version_tells_two_trainings_apart_and_one_model_not(converted: TrainedModel) -> None:
    model = _model(converted, "int8")
    declared = declaration(model)
    one = describe(converted, "int8", declared, "0123")
    assert one.to_bytes() == describe(converted, "int8", declared, "0123").to_bytes()
    assert one.to_bytes() != describe(converted, "int8", declared, "4567").to_bytes()


@pytest.mark.parametrize("recipe", RECIPES)
def test_every_runtime_knows_input_and_outputs_by_name(
    converted: TrainedModel, pi_environments: list[PiEnvironment], recipe: str
) -> None:
    path = model_path(converted, find_recipe(recipe))
    for environment in pi_environments:
        done = subprocess.run(
            [environment.python, "-P", "-c", SIGNATURE, path],
            check=True,
            capture_output=True,
            text=True,
        )
        told = json.loads(done.stdout.splitlines()[-1])
        expected = {"scores": [1, 3], "class_map": [1, 6, 6, 3], "features": [1, 6, 6, 16]}
        assert told["outputs"] == expected
        (signature,) = told["signatures"].values()
        assert signature["inputs"] == ["picture"]
        assert signature["outputs"] == sorted(expected)


@pytest.mark.parametrize("keep", [9, 40, 200, 1000, 0.5, 0.9])
def test_a_described_model_cut_short_is_refused(converted: TrainedModel, keep: float) -> None:
    model = _model(converted, "int8")
    with pytest.raises(ModelError):
        check_whole(model[: int(keep if keep >= 1 else keep * len(model))], "model")


def test_what_is_no_model_gets_no_description(converted: TrainedModel) -> None:
    with pytest.raises(ModelError, match="not a TFLite model"):
        with_metadata(b"no model at all", converted, "int8")
