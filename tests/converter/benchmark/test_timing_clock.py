"""Claims of the clock: each setting, each operator, and what a throttled board makes of it."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from converter.benchmark.clock import environments, time_model, with_operators
from converter.benchmark.operator_pieces import cut
from converter.benchmark.operators import NOT_TIMED, time_operators
from converter.pi_environment import PiEnvironment
from converter.preflight.flatbuffer import declaration
from converter.recipes import find_recipe
from converter.tflite_model import model_path
from converter.trained_model import TrainedModel
from edge.contract.errors import InputError, MachineError, ModelError

READING = {
    "runtime": "ai-edge-litert 2.3.0",
    "threads": 1,
    "xnnpack": True,
    "runs": 50,
    "median_ms": 41.5,
    "p95_ms": 60.0,
    "first_ms": 70.0,
    "load_ms": 9.0,
    "peak_bytes": 30_000_000,
    "partitions": 2,
    "left_over": 5,
    "taken": [0, 1],
    "joules": 0.12,
    "celsius": 82.0,
    "throttled_by": ["frequency capped", "throttled"],
}


def model_of(trained: TrainedModel, recipe: str) -> Path:
    return model_path(trained, find_recipe(recipe))


def speaking(folder: Path, words: str, code: int = 0) -> PiEnvironment:
    """Return an environment whose Python says these words, whatever it is asked."""
    script = folder / "python"
    script.write_text(f"#!/bin/sh\ncat <<'END'\n{words}\nEND\nexit {code}\n")
    script.chmod(0o755)
    return PiEnvironment(script)


def test_each_setting_is_timed_in_each_environment(
    converted: TrainedModel, pi_environments: list[PiEnvironment]
) -> None:
    model = model_of(converted, "float32")
    # The last is the workstation's own, with the runtime of another.
    for environment in pi_environments[:-1]:
        on, off = time_model(environment, model, [1], [True, False], runs=5)
        assert (on.xnnpack, off.xnnpack) == (True, False)
        for timing in (on, off):
            assert timing.runtime == environment.runtime and timing.runs >= 5
            assert 0 < timing.median_ms <= timing.p95_ms
            assert timing.load_ms > 0 and timing.first_ms > 0 and timing.peak_bytes > 0
        assert on.partitions is not None and on.partitions >= 1
        assert off.partitions == 0
        assert off.left_over == sum(one.count for one in declaration(model.read_bytes()).operators)


def test_a_damaged_model_is_a_models_fault(pi: PiEnvironment, tmp_path: Path, converted) -> None:
    whole = model_of(converted, "int8").read_bytes()
    (tmp_path / "cut.tflite").write_bytes(whole[:5000])
    with pytest.raises(ModelError, match="cut short"):
        time_model(pi, tmp_path / "cut.tflite")
    with pytest.raises(InputError, match="no such file"):
        time_model(pi, tmp_path / "nowhere.tflite")


@pytest.mark.parametrize("recipe", ["int8", "float16", "float32"])
def test_every_operator_is_timed(recipe: str, converted: TrainedModel, pi: PiEnvironment) -> None:
    model = model_of(converted, recipe)
    declared = {one.name: one.count for one in declaration(model.read_bytes()).operators}
    # Those that widen 16-bit weights run once, when the model is loaded.
    declared.pop("DEQUANTIZE", None)
    rows = time_operators(pi, model, 1, False, frozenset())
    assert {row.name: row.count for row in rows} == declared
    assert all(row.total_ms > 0 and not row.delegated for row in rows)
    assert [row.total_ms for row in rows] == sorted((r.total_ms for r in rows), reverse=True)


def test_what_xnnpack_took_of_the_whole_is_marked(
    converted: TrainedModel, pi_environments: list[PiEnvironment]
) -> None:
    litert = next(one for one in pi_environments if one.runtime.startswith("ai-edge-litert"))
    model = model_of(converted, "int8")
    (timing,) = time_model(litert, model, runs=5)
    rows = with_operators(litert, model, timing).operators
    assert timing.left_over == sum(row.count for row in rows if not row.delegated)
    assert {row.name for row in rows if row.delegated} >= {"CONV_2D"}
    assert sum(row.total_ms for row in rows) > 0


@pytest.mark.parametrize("recipe", ["int8", "float32", "float16"])
def test_a_piece_computes_what_its_operator_computes_in_the_whole(
    recipe: str, converted: TrainedModel
) -> None:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    def load(content: bytes):
        kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        made = Interpreter(
            model_content=content,
            experimental_op_resolver_type=kernels,
            experimental_preserve_all_tensors=True,
        )
        made.allocate_tensors()
        return made

    content = model_of(converted, recipe).read_bytes()
    whole = load(content)
    (given,) = whole.get_input_details()
    pixels = np.random.default_rng(1).integers(0, 256, given["shape"], np.uint8)
    whole.set_tensor(given["index"], pixels.astype(given["dtype"]))
    whole.invoke()
    pieces = cut(content)
    for piece in pieces:
        alone = load(piece.model())
        for detail in alone.get_input_details():
            alone.set_tensor(detail["index"], whole.get_tensor(_index(whole, detail["name"])))
        alone.invoke()
        for detail in alone.get_output_details():
            expected = whole.get_tensor(_index(whole, detail["name"]))
            assert np.array_equal(alone.get_tensor(detail["index"]), expected), piece.name
    assert len({piece.key for piece in pieces}) < len(pieces), "equal operators share a key"


def _index(interpreter, name: str) -> int:
    (found,) = [one["index"] for one in interpreter.get_tensor_details() if one["name"] == name]
    return found


def test_a_piece_that_the_runtime_refuses_is_named_and_costs_nothing(
    converted: TrainedModel, tmp_path: Path
) -> None:
    model = model_of(converted, "int8")
    words = json.dumps({f"{one.key}.tflite": "refused" for one in cut(model.read_bytes())})
    rows = time_operators(speaking(tmp_path, words), model, 1, True, frozenset())
    assert rows and all(row.name.endswith(NOT_TIMED) and row.total_ms == 0 for row in rows)


def test_a_throttled_time_is_marked(tmp_path: Path) -> None:
    record = {"schema": 1, "readings": [READING], "failures": []}
    described = "ai-edge-litert 2.3.0\n" + json.dumps(record)
    (timing,) = time_model(speaking(tmp_path, described), tmp_path / "any.tflite")
    assert timing.throttled and timing.throttled_by == "frequency capped, throttled"
    assert timing.celsius == 82.0 and timing.median_ms == 41.5
    calm = json.dumps(record | {"readings": [READING | {"throttled_by": []}]})
    (timing,) = time_model(speaking(tmp_path, calm), tmp_path / "any.tflite")
    assert not timing.throttled and timing.throttled_by == ""


@pytest.mark.parametrize("words", ["hello", "{}", '{"schema": 9}', "[1]"])
def test_another_versions_stopwatch_is_not_understood(words: str, tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="another language"):
        time_model(speaking(tmp_path, words), tmp_path / "any.tflite")


def test_one_environment_for_each_runtime() -> None:
    runtimes = [one.runtime for one in environments()]
    assert runtimes and len(set(runtimes)) == len(runtimes)
    assert [one.python for one in environments(Path(sys.executable))] == [Path(sys.executable)]
