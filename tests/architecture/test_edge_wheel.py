"""The edge wheel holds the camera's half, all of it, and runs away from the checkout."""

import email
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from tests.fakes.tiny_bundle import tiny_bundle

# The web page's own files.
DATA = ("templates", "static")
PIP = ("-m", "pip", "-qq", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the wheel, built offline from a copy: building leaves files behind."""
    folder = tmp_path_factory.mktemp("wheel")
    leave = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    shutil.copytree(root / "edge", folder / "edge", ignore=leave)
    command = [sys.executable, *PIP, "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "-w", str(folder), str(folder / "edge")], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a bundle file."""
    path = tmp_path_factory.mktemp("bundle") / "tiny.ember"
    tiny_bundle().write(path)
    return path


def clean_environment(folder: Path, python: Path, wheel: Path) -> Path:
    """Make an environment with the wheel in it and return its folder of commands.

    What the wheel depends on is lent by a Pi environment, so that no network is needed.
    """
    subprocess.run([python, "-m", "venv", "--without-pip", folder], check=True)
    new = folder / "bin" / "python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    lent, own = (
        subprocess.run([p, "-c", where], check=True, capture_output=True, text=True).stdout.strip()
        for p in (python, new)
    )
    (Path(own) / "lent.pth").write_text(f"{lent}\n")
    options = ["--python", str(new), "install", "--no-deps", "--no-index", "--ignore-installed"]
    subprocess.run([python, *PIP, *options, str(wheel)], check=True)
    return folder / "bin"


def test_it_holds_all_of_edge_and_nothing_else(root: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = {name for name in file.namelist() if ".dist-info/" not in name}
    sources = {
        path.relative_to(root).as_posix()
        for path in (root / "edge").rglob("*")
        if path.is_file()
        and (path.suffix == ".py" or path.name == "py.typed" or path.parent.name in DATA)
        and "build" not in path.parts
    }
    assert names == sources


def test_it_never_asks_for_a_workstation_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        (name,) = (n for n in file.namelist() if n.endswith(".dist-info/METADATA"))
        metadata = email.message_from_bytes(file.read(name))
    asked = {re.split(r"[^\w.-]", line)[0].lower() for line in metadata.get_all("Requires-Dist")}
    assert {"numpy", "pillow", "click"} <= asked
    assert not asked & {"tensorflow", "keras", "matplotlib", "scikit-learn", "scipy", "rich"}


def test_it_runs_in_a_clean_environment_outside_the_checkout(
    wheel: Path, bundle: Path, edge_pythons: list[Path], tmp_path: Path
) -> None:
    Image.new("RGB", (64, 48), (220, 60, 20)).save(tmp_path / "fire.png")
    for python in edge_pythons:
        folder = tmp_path / python.parent.parent.name
        commands = clean_environment(folder, python, wheel)
        found = run(commands / "python", "-c", "import edge; print(edge.__file__)", cwd=tmp_path)
        assert Path(found.strip()).is_relative_to(folder)
        assert "label" in run(commands / "emberwatch-edge", "--help", cwd=tmp_path)
        labelled = run(
            commands / "emberwatch-edge", "label", bundle, "fire.png", "--json", cwd=tmp_path
        )
        assert json.loads(labelled)["label"] == "fire"


def run(*command: str | Path, cwd: Path) -> str:
    """Return what a command prints."""
    done = subprocess.run(
        command, cwd=cwd, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
