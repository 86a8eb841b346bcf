"""The converter's commands, as a person types them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from converter.trained_model import TrainedModel

HELP_SECONDS = 20  # a runaway, not a speed: the machine may be busy


@pytest.fixture(scope="module")
def packed(converted: TrainedModel, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle that the command made, and its output."""
    out = tmp_path_factory.mktemp("packed") / "small.ember"
    done = emberwatch("package", converted.folder, "--out", out, "--max-drop", "5")
    assert done.returncode == 0, done.stderr
    assert "7 golden pictures" in done.stdout
    return out


def emberwatch(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emberwatch", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize("name", ["convert", "benchmark", "package", "evaluate"])
def test_help_loads_no_tensorflow(name: str) -> None:
    script = (
        "import sys; from emberwatch import make_group\n"
        f"make_group().main(['{name}', '--help'], standalone_mode=False)\n"
        "bad = {'tensorflow', 'keras', 'matplotlib', 'scipy', 'jinja2'} & set(sys.modules)\n"
        "sys.exit(f'loaded {bad}' if bad else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=HELP_SECONDS
    )
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout


def test_benchmark_writes_its_file_and_page_and_prints_a_table(own_run: TrainedModel) -> None:
    done = emberwatch("benchmark", own_run.folder, "--recipes", "int8")
    assert done.returncode == 0, done.stderr
    assert (own_run.folder / "benchmark.json").exists()
    assert (own_run.folder / "benchmark.html").exists()
    assert {"accuracy", "interval", "recall", "blaze"} <= set(done.stdout.split())
    table = [line for line in done.stdout.splitlines()[:20] if not line.startswith("/")]
    assert max(map(len, table)) <= 80
    assert "TensorSpec" not in done.stdout + done.stderr


def test_no_such_run_is_one_line(tmp_path: Path) -> None:
    done = emberwatch("convert", tmp_path / "nothing")
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_evaluate_as_json(packed: Path, converted: TrainedModel, tmp_path: Path) -> None:
    folder = _labelled(converted, tmp_path)
    (folder / "blaze" / "text.jpg").write_text("no picture")
    done = emberwatch("evaluate", packed, folder, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["pictures"] == 48 and found["accuracy"] > 0.8
    assert set(found["recall"]) == set(found["precision"]) == set(converted.labels)
    assert sum(map(sum, found["confusion"])) == 48
    assert found["accuracy_interval"][0] < found["accuracy"] <= found["accuracy_interval"][1]
    assert found["pictures_per_second"] > 0 and " " in found["runtime"]
    assert [Path(one["path"]).name for one in found["unreadable"]] == ["text.jpg"]


def test_evaluate_for_people(packed: Path, converted: TrainedModel, tmp_path: Path) -> None:
    done = emberwatch("evaluate", packed, _labelled(converted, tmp_path))
    assert done.returncode == 0, done.stderr
    assert "95% interval" in done.stdout and "confusion" in done.stdout


def test_evaluate_refuses_a_folder_that_is_no_class(
    packed: Path, converted: TrainedModel, tmp_path: Path
) -> None:
    folder = _labelled(converted, tmp_path)
    (folder / "steam").mkdir()
    Image.new("RGB", (8, 8)).save(folder / "steam" / "a.png")
    done = emberwatch("evaluate", packed, folder)
    assert done.returncode == 2
    assert "steam is no class of this bundle; expected one of blaze, haze, nothing" in done.stderr


@pytest.mark.parametrize("kind", ["missing", "empty"])
def test_evaluate_refuses_a_folder_without_pictures(
    packed: Path, tmp_path: Path, kind: str
) -> None:
    folder = tmp_path / kind
    if kind == "empty":
        folder.mkdir()
    done = emberwatch("evaluate", packed, folder)
    assert done.returncode == 2
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1


def test_inspect_says_what_the_bundle_is(packed: Path) -> None:
    done = emberwatch("inspect", packed, "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["name"] == "small" and found["recipe"] == "int8"
    assert found["golden_pictures"] == 7
    assert found["digest"][:16] in emberwatch("inspect", packed).stdout


def test_inspect_refuses_a_damaged_bundle(packed: Path, tmp_path: Path) -> None:
    data = bytearray(packed.read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "broken.ember").write_bytes(data)
    done = emberwatch("inspect", tmp_path / "broken.ember")
    assert done.returncode == 3 and done.stderr.count("\n") == 1


def _labelled(converted: TrainedModel, folder: Path) -> Path:
    """Return a folder of the test pictures in one sub-folder a class."""
    for row in converted.pictures("testing"):
        path = folder / "labelled" / row.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(converted.path_of(row).read_bytes())
    return folder / "labelled"
