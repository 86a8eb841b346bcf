"""What preflight says of a target is what the target's own wheels do."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from converter.preflight.flatbuffer import read_graph
from converter.preflight.profile import NAMES, Profile
from converter.preflight.runtime_child import Answer, RuntimeChild, Sample
from converter.preflight.verdict import judge
from tests.arm64.board import Board, BoardError
from tests.arm64.board32 import build_board32
from tests.arm64.profiles import emulated, networks
from tests.converter.preflight.test_verdict import with_operator

pytestmark = pytest.mark.timeout(1800)
FOREIGN = Path(__file__).resolve().parents[1] / "fakes" / "foreign"


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """Return a small network by each recipe, and models that we did not make."""
    nets = networks(tmp_path_factory.mktemp("nets"))
    return [
        *(Sample(net.recipe.name, net.model, net.pixels) for net in nets),
        *(Sample(path.stem, path.read_bytes()) for path in sorted(FOREIGN.glob("*.tflite"))),
        Sample("a dynamic dense layer", with_operator("FULLY_CONNECTED", 12)),
        Sample("a newer convolution", with_operator("CONV_2D", 60)),
    ]


@pytest.fixture
def children(
    boards: dict[str, Board], root: Path, need: Callable[[object, str], None]
) -> dict[str, RuntimeChild]:
    """Return the emulated runtime of each target."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    need(shutil.which("qemu-arm-static"), "no qemu-arm-static: apt install qemu-user-static")
    try:
        board32 = build_board32(root, root / "build" / "armhf")
    except BoardError as error:
        need(False, f"no emulated board of 32 bits: {error}")
        raise
    return {
        "bookworm64": emulated(boards["tflite-runtime"]),
        "bookworm32": emulated(board32),
        "trixie": emulated(boards["ai-edge-litert"]),
    }


@pytest.mark.parametrize("target", NAMES)
def test_what_preflight_passes_has_run_there_and_what_it_refuses_has_not(
    target: str,
    children: dict[str, RuntimeChild],
    models: list[Sample],
    say: Callable[[str], None],
) -> None:
    profile = Profile.read(target)
    said = {one.name: judge(read_graph(one.model), profile) for one in models}
    answers = {answer.name: answer for answer in children[target].run(models)}
    say(f"arm64: {target}: " + ", ".join(f"{n} {_did(answers[n])}" for n in answers))
    for name, verdict in said.items():
        assert verdict.passes == (answers[name].result == "runs"), (name, verdict, answers[name])


def _did(answer: Answer) -> str:
    return f"{answer.result} {answer.reason}" if answer.result == "crashed" else answer.result
