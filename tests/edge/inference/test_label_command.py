"""`emberwatch-edge label`: pictures in, sorted classes out, one line for each thing wrong."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.edge.contract.pictures import encode, noise, png_bomb
from tests.fakes.tiny_bundle import tiny_bundle

FOREIGN = Path(__file__).resolve().parents[2] / "fakes" / "foreign"
FIRE = (220, 60, 20)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle file."""
    path = tmp_path_factory.mktemp("bundle") / "tiny.ember"
    tiny_bundle().write(path)
    return path


@pytest.fixture
def fire(tmp_path: Path) -> Path:
    """Return a picture of fire, or what the tiny model takes for it."""
    path = tmp_path / "fire.png"
    Image.new("RGB", (64, 48), FIRE).save(path)
    return path


def label(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run the command as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "edge", "label", *map(str, arguments)],
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def refusal(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one line in which a command said no."""
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return lines[0]


def test_classes_come_sorted_by_score(bundle: Path, fire: Path) -> None:
    done = label(bundle, fire)
    assert done.returncode == 0, done.stderr
    name, *lines = done.stdout.splitlines()
    assert name == str(fire)
    scores = [float(line.split("(score = ")[1].rstrip(")")) for line in lines if line]
    assert lines[0].startswith("fire (score = 0.")
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 3


def test_json_is_one_object_a_line(bundle: Path, fire: Path) -> None:
    done = label(bundle, fire, fire, "--json")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["label"] for record in records] == ["fire", "fire"]
    assert set(records[0]["scores"]) == {"fire", "smoke", "misc"}


def test_a_folder_is_walked_in_any_letter_case(bundle: Path, fire: Path, tmp_path: Path) -> None:
    inner = tmp_path / "stills" / "дым"
    inner.mkdir(parents=True)
    fire.rename(inner / "火.PNG")
    Image.new("RGB", (9, 9), "grey").save(inner / "b.JpEg", "jpeg")
    (inner / "notes.txt").write_text("no picture")
    done = label(bundle, tmp_path / "stills", "--json")
    assert done.returncode == 0, done.stderr
    assert [Path(json.loads(line)["path"]).name for line in done.stdout.splitlines()] == [
        "b.JpEg",
        "火.PNG",
    ]


def test_a_name_that_is_no_utf8_is_labelled_too(bundle: Path, fire: Path) -> None:
    odd = os.fsencode(fire.parent) + b"/\xff\xfe.png"
    fire.rename(os.fsdecode(odd))
    for options in ([], ["--json"]):
        assert label(bundle, fire.parent, *options).returncode == 0


def test_a_bad_picture_does_not_stop_the_good_ones(bundle: Path, fire: Path) -> None:
    bad = fire.with_name("a-text.jpg")
    bad.write_text("I am no picture")
    done = label(bundle, bad, fire, "--json")
    assert done.returncode == 2
    assert "a-text.jpg" in refusal(done)
    assert json.loads(done.stdout)["label"] == "fire"


@pytest.mark.parametrize(
    "content",
    [b"", b"text", encode(noise(60, 60), "jpeg")[:900], png_bomb(30_000, 30_000)],
    ids=["empty", "text", "truncated", "bomb"],
)
def test_each_unusable_picture_is_one_line(bundle: Path, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "picture.jpg"
    path.write_bytes(content)
    done = label(bundle, path)
    assert done.returncode == 2
    assert "picture.jpg" in refusal(done)
    assert done.stdout == ""


def test_one_pixel_and_20000_wide_simply_work(bundle: Path, tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), FIRE).save(tmp_path / "1.png")
    Image.new("RGB", (20_000, 600), FIRE).save(tmp_path / "2.jpg")
    done = label(bundle, tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["label"] for line in done.stdout.splitlines()] == ["fire", "fire"]


def test_a_bundle_with_one_flipped_byte_is_refused(
    bundle: Path, fire: Path, tmp_path: Path
) -> None:
    data = bytearray(bundle.read_bytes())
    data[len(data) // 2] ^= 1
    path = tmp_path / "flipped.ember"
    path.write_bytes(data)
    done = label(path, fire)
    assert done.returncode == 3
    assert "flipped.ember" in refusal(done)
    assert done.stdout == ""


def test_a_bare_model_works_with_labels(fire: Path) -> None:
    model = FOREIGN / "int8_signed.tflite"
    done = label(model, fire, "--labels", FOREIGN / "labels.txt", "--top", 1)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].startswith("red (score = 0.")
    assert "green" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["none.ember", "x.jpg"], 2, "none.ember"),
        ([FOREIGN / "uint8_unit.tflite", "x.jpg"], 2, "--labels"),
        ([FOREIGN / "uint8_unit.tflite", "x.jpg", "--labels", "none.txt"], 2, "none.txt"),
    ],
)
def test_each_wrong_argument_is_one_line(arguments: list[object], code: int, words: str) -> None:
    done = label(*arguments)
    assert done.returncode == code
    assert words in refusal(done)


def test_a_folder_without_pictures_is_refused(bundle: Path, tmp_path: Path) -> None:
    done = label(bundle, tmp_path)
    assert done.returncode == 2
    assert "no pictures" in refusal(done)
