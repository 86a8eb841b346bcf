"""Claims of the command line of preflight."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from converter.preflight.profile import NAMES
from converter.trained_model import TrainedModel
from tests.converter.preflight.mutations import FOREIGN
from tests.fakes.tiny_bundle import tiny_bundle


def preflight(*words: object) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    command = [sys.executable, "-m", "emberwatch", "preflight", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_model_that_a_target_does_not_run_ends_with_3_and_one_line() -> None:
    done = preflight(FOREIGN / "dense_head.tflite", "--target", "bookworm64")
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: tflite-runtime 2.14.0 (bookworm64) crashes on dense_head.tflite")
    assert "FULLY_CONNECTED" in line and "--recipe int8" in line
    assert "crashes" in done.stdout


def test_all_targets_are_asked_by_default_and_a_bundle_is_read(tmp_path: Path) -> None:
    tiny_bundle().write(tmp_path / "tiny.ember")
    done = preflight(tmp_path / "tiny.ember", "--json")
    assert done.returncode == 0, done.stderr
    (said,) = json.loads(done.stdout)
    assert [one["target"] for one in said["targets"]] == [*NAMES, "here"]
    assert all(one["passes"] for one in said["targets"])
    assert {"name": "SOFTMAX", "version": 2, "count": 1} in said["operators"]
    assert said["min_runtime_version"] == "1.14.0" and said["arena_bytes_estimate"] > 0


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"nothing", "not a TFLite model"), (b"\xff\xff\xff\x7fTFL3" + bytes(64), "damaged")],
    ids=["nothing", "root outside"],
)
def test_a_hostile_file_is_one_clear_line(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "a.tflite").write_bytes(content)
    done = preflight(tmp_path / "a.tflite", "--target", "trixie")
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ") and words in line


def test_convert_says_early_what_the_recipe_alone_decides(own_run: TrainedModel) -> None:
    words = ["convert", own_run.folder, "--recipe", "dynamic", "--target", "bookworm64"]
    done = subprocess.run(
        [sys.executable, "-m", "emberwatch", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert "recipe dynamic" in line and "use --recipe int8; --force keeps it" in line
