"""A bundle does on a Pi's own wheels what it did on the workstation."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge.contract.bundle import ModelBundle
from edge.inference.predictions import Predictions
from tests.arm64.board import Board

pytestmark = pytest.mark.timeout(1800)
ROOT = Path(__file__).resolve().parents[2]
# Where each runtime is found on this machine; the other one, where there is none.
HERE = {
    "tflite-runtime": (".venv/edge", ".venv/edge-litert"),
    "ai-edge-litert": (".venv/edge-litert", ".venv/edge"),
}


@pytest.fixture
def pictures(bundle: ModelBundle, tmp_path: Path) -> list[Path]:
    """Return the bundle's golden pictures as files."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    paths = []
    for vector in bundle.manifest.golden:
        path = folder / Path(vector.picture).name
        path.write_bytes(bundle.files[vector.picture])
        paths.append(path)
    return paths


def test_label_names_the_same_class_as_the_workstation(
    board: Board, bundle: ModelBundle, bundle_path: Path, pictures: list[Path]
) -> None:
    model = board.put(bundle_path, bundle_path.name)
    chosen = pictures[:2]
    on_board = [board.put(path, f"label/{path.name}") for path in chosen]
    done = board.emberwatch_edge("label", model, *on_board, "--json")
    assert done.returncode == 0, done.stderr
    labels = list(bundle.manifest.labels)
    best = [labels[int(np.argmax(v.scores))] for v in bundle.manifest.golden[: len(chosen)]]
    assert [json.loads(line)["label"] for line in done.stdout.splitlines()] == best


def test_scores_are_within_the_manifests_tolerance_of_x86(
    board: Board,
    bundle: ModelBundle,
    bundle_path: Path,
    pictures: list[Path],
    tmp_path: Path,
    say: Callable[[str], None],
) -> None:
    here = predict_here(board.runtime, bundle_path, pictures, tmp_path)
    started = time.monotonic()
    there = predict_there(board, bundle_path, pictures)
    seconds = time.monotonic() - started
    assert there.tensor_sha256 == here.tensor_sha256
    assert there.tensor_sha256 == tuple(v.tensor_sha256 for v in bundle.manifest.golden)
    golden = np.array([vector.scores for vector in bundle.manifest.golden], np.float32)
    tolerance, unit = allowed(bundle, there.quantum)
    for name, expected in (("x86-64", here.scores), ("the manifest", golden)):
        largest = float(np.abs(there.scores - expected).max())
        in_units = largest / there.quantum if there.quantum else largest
        say(
            f"arm64: {there.runtime}: largest difference from {name} {round(in_units, 3):g} {unit}"
            f" ({len(pictures)} pictures, {seconds:.0f} s under emulation)"
        )
        assert largest <= tolerance, f"from {name}"


def test_verify_accepts_the_bundle(board: Board, bundle_path: Path) -> None:
    done = board.emberwatch_edge(
        "verify", board.put(bundle_path, bundle_path.name), "--json", "--runtime", board.runtime
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def allowed(bundle: ModelBundle, quantum: float) -> tuple[float, str]:
    """Return the tolerance in score, and the unit in which to speak of it."""
    if not quantum:
        return bundle.manifest.golden_tolerance, "of score"
    # A hair more, for the rounding of float32 scores.
    return (bundle.manifest.golden_tolerance_quanta + 1e-3) * quantum, "quanta"


def predict_here(runtime: str, model: Path, pictures: list[Path], scratch: Path) -> Predictions:
    """Return the scores from this machine's Pi environment."""
    environments = [ROOT / name / "bin" / "python" for name in HERE[runtime]]
    python = next(path for path in environments if path.exists())
    listed, out = scratch / "here.txt", scratch / "here.npz"
    listed.write_text("".join(f"{path}\n" for path in pictures))
    command = [python, "-m", "edge", "predict", model, "--pictures", listed, "--out", out]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return Predictions.read(out)


def predict_there(board: Board, model: Path, pictures: list[Path]) -> Predictions:
    """Return the scores from the board."""
    listed = board.fetch("there.txt")
    on_board = [board.put(path, f"pictures/{path.name}") for path in pictures]
    listed.write_text("".join(f"{path}\n" for path in on_board))
    done = board.emberwatch_edge(
        *("predict", board.put(model, model.name)),
        *("--pictures", "/given/there.txt", "--out", "/given/there.npz"),
    )
    assert done.returncode == 0, done.stderr
    return Predictions.read(board.fetch("there.npz"))
