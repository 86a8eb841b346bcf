"""Claims of the arena's estimate."""

import subprocess
from pathlib import Path

import pytest

from converter.preflight.arena import Life, arena_bytes, peak_bytes, planned_bytes
from converter.preflight.flatbuffer import read_graph

# The span of addresses of all that the runtime allocated, with its delegates off.
MEASURE = """
import sys, numpy
from tflite_runtime.interpreter import Interpreter, OpResolverType
plain = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
interpreter = Interpreter(model_path=sys.argv[1], experimental_op_resolver_type=plain)
interpreter.allocate_tensors()
spans = []
for detail in interpreter.get_tensor_details():
    try:
        view = interpreter.tensor(detail["index"])()
        spans.append((view.__array_interface__["data"][0], view.nbytes))
    except ValueError:
        pass
mapped = [line.split()[0].split("-") for line in open("/proc/self/maps") if sys.argv[1] in line]
mapped = [(int(a, 16), int(b, 16)) for a, b in mapped]
own = [(a, n) for a, n in spans if a and not any(x <= a < y for x, y in mapped)]
print(max(a + n for a, n in own) - min(a for a, _ in own))
"""


def test_tensors_that_never_live_together_share_their_place() -> None:
    assert planned_bytes([Life(640, 0, 1), Life(640, 2, 3), Life(64, 0, 3)]) == 640 + 64


def test_tensors_that_live_together_do_not() -> None:
    assert planned_bytes([Life(640, 0, 2), Life(640, 2, 3)]) == 1280


def test_a_small_tensor_goes_into_a_gap() -> None:
    lives = [Life(1000, 0, 1), Life(900, 1, 2), Life(800, 2, 3), Life(100, 3, 3)]
    assert planned_bytes(lives) == 1024 + 960


def test_sizes_are_rounded_up_to_the_alignment() -> None:
    assert planned_bytes([Life(1, 0, 0), Life(65, 0, 0)]) == 64 + 128


def test_a_plan_never_needs_less_than_what_lives_at_once() -> None:
    lives = [Life(64 * (n % 7 + 1), n, n + n % 5) for n in range(200)]
    assert peak_bytes(lives) <= planned_bytes(lives) <= sum(life.size_bytes for life in lives)


def test_a_hostile_number_of_tensors_is_not_planned() -> None:
    assert planned_bytes([Life(64, 0, 1)] * 50_000) == 64 * 50_000


@pytest.mark.parametrize("name", ["tiny_colour.tflite", "foreign/uint8_pixels.tflite"])
def test_the_estimate_is_near_what_the_runtime_allocates(
    name: str, edge_pythons: list[Path], root: Path, need
) -> None:
    python = next((path for path in edge_pythons if path.parents[1].name == "edge"), None)
    need(python, "no environment with tflite-runtime")
    model = root / "tests" / "fakes" / name
    done = subprocess.run(
        [python, "-c", MEASURE, model], capture_output=True, text=True, check=True
    )
    measured, estimated = (
        int(done.stdout.splitlines()[-1]),
        arena_bytes(read_graph(model.read_bytes())),
    )
    assert 0.5 * measured <= estimated <= 1.5 * measured
