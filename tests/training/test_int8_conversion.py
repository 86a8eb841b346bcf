"""A head trained on the quantised backbone meets that very backbone on the camera."""

import sys
from pathlib import Path

from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.tools import flatbuffer_utils

from converter.calibration import CalibrationSet
from converter.convert import Conversion
from converter.pi_environment import PiEnvironment
from converter.progress import Progress
from converter.recipes import find_recipe
from converter.trained_model import TrainedModel
from tests.training.command import emberwatch
from tests.training.pictures import write_dataset


def layers(model: bytes) -> list[tuple[bytes, ...]]:
    """Return the convolutions in order: weights, biases, and the scales of what goes in and out."""
    content = flatbuffer_utils.read_model_from_bytearray(bytearray(model))
    graph = content.subgraphs[0]
    kinds = (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.DEPTHWISE_CONV_2D)
    found = []
    for operator in graph.operators:
        if content.operatorCodes[operator.opcodeIndex].builtinCode in kinds:
            given, weights, bias = (graph.tensors[index] for index in operator.inputs)
            made = graph.tensors[operator.outputs[0]]
            numbers = [bytes(content.buffers[t.buffer].data) for t in (weights, bias)]
            scales = [t.quantization.scale.tobytes() for t in (given, weights, made)]
            found.append((*numbers, *scales))
    return found


def test_conversion_keeps_the_very_backbone_that_the_head_was_trained_on(tmp_path: Path) -> None:
    write_dataset(tmp_path / "pictures", 12)
    run, cache = tmp_path / "run", tmp_path / "cache"
    options = ("--features", "int8", "--backbone", "starter", "--steps", 50, "--no-probe")
    where = ("--out", run, "--bottleneck-dir", cache)
    done = emberwatch("retrain", tmp_path / "pictures", *options, *where)
    assert done.returncode == 0, done.stderr
    trained = TrainedModel.read(run)
    assert len(trained.backbone["calibration"]) > 5
    # Drawn with another seed: what the run says of its backbone's pictures comes first.
    calibration = CalibrationSet.draw(trained, len(trained.backbone["calibration"]), seed=3)
    litert = PiEnvironment(Path(sys.executable))
    model = Conversion(trained, litert, calibration, Progress()).convert(find_recipe("int8"))
    (backbone,) = cache.glob("backbone-*.tflite")
    ours, theirs = layers(model.path.read_bytes()), layers(backbone.read_bytes())
    assert len(theirs) > 5
    assert ours[: len(theirs)] == theirs
