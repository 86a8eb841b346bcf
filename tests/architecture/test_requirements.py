"""What is installed is pinned by hash, and the repository names no package index."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PINS = sorted((ROOT / "requirements").glob("*.txt"))
# An index's address, and the options that take one.
INDEX = re.compile(
    r"(?:https?|file)://\S*/simple\b"
    r"|(?<!emit-)\b(?:extra-)?index-url[ =]+\S*:/"
    r"|find-links[ =]+\S*/"
)


def requirements(path: Path) -> list[str]:
    """Return each requirement with its options on one line."""
    joined = path.read_text().replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


@pytest.mark.parametrize("path", PINS, ids=lambda path: path.name)
def test_every_requirement_is_pinned_with_hashes(path: Path) -> None:
    lines = requirements(path)
    assert lines
    for line in lines:
        assert re.match(r"[\w.\-\[\]]+==\S+ ", line), line
        assert "--hash=sha256:" in line, line


def test_every_input_has_its_pins() -> None:
    inputs = {path.stem for path in (ROOT / "requirements").glob("*.in")}
    assert inputs == {path.stem for path in PINS}


def test_no_file_names_a_package_index() -> None:
    command = ["git", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, check=False, capture_output=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    guilty = []
    for name in listed.stdout.decode().split("\0"):
        path = ROOT / name
        if name and path.is_file():
            text = path.read_bytes().decode("utf-8", "ignore")
            guilty += [f"{name}: {found.group()}" for found in INDEX.finditer(text)]
    assert not guilty


def test_the_pis_pins_hold_the_runtimes_to_their_numpy() -> None:
    tflite = (ROOT / "requirements" / "edge-tflite.txt").read_text()
    assert re.search(r"^tflite-runtime==2\.14\.0 ", tflite, re.MULTILINE)
    assert re.search(r"^numpy==1\.", tflite, re.MULTILINE)
    litert = (ROOT / "requirements" / "edge-litert.txt").read_text()
    assert "tflite-runtime" not in litert
    assert "tensorflow" not in tflite + litert


def test_both_distributions_have_one_version() -> None:
    projects = [ROOT / "pyproject.toml", ROOT / "edge" / "pyproject.toml"]
    versions = {tomllib.loads(path.read_text())["project"]["version"] for path in projects}
    import edge

    assert versions == {edge.__version__}
