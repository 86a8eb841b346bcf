"""The camera's half loads no workstation package, and help loads next to nothing."""

import json
import pkgutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import edge

WORKSTATION_ONLY = {"tensorflow", "keras", "matplotlib", "sklearn", "scipy", "rich", "jinja2"}
SIBLINGS = {"training", "converter", "deploy", "emberwatch"}
LOADED = "import json, sys; print(json.dumps(sorted(sys.modules)))"
HELP_SECONDS = 0.5


def loaded_after(program: str, python: str | Path = sys.executable) -> set[str]:
    """Return the top-level packages that are loaded once a program has run in a new process."""
    done = subprocess.run(
        [python, "-c", f"{program}\n{LOADED}"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return {name.partition(".")[0] for name in json.loads(done.stdout.splitlines()[-1])}


def edge_modules() -> list[str]:
    """Return the name of every module of `edge`, however deep."""
    found = pkgutil.walk_packages(edge.__path__, "edge.")
    return sorted(module.name for module in found if not module.name.endswith("__main__"))


def test_every_module_of_edge_imports_without_a_workstation_package() -> None:
    modules = edge_modules()
    assert "edge.contract.bundle" in modules
    loaded = loaded_after(f"import importlib\nfor m in {modules!r}: importlib.import_module(m)")
    assert not loaded & (WORKSTATION_ONLY | SIBLINGS)


def test_every_module_of_edge_imports_in_each_pi_environment(edge_pythons: list[Path]) -> None:
    program = f"import importlib\nfor m in {edge_modules()!r}: importlib.import_module(m)"
    for python in edge_pythons:
        assert "edge" in loaded_after(program, python)


def test_importing_edge_opens_no_device_and_no_runtime() -> None:
    program = f"import importlib\nfor m in {edge_modules()!r}: importlib.import_module(m)"
    assert not loaded_after(program) & {"tflite_runtime", "ai_edge_litert", "gpiozero", "lgpio"}


@pytest.mark.parametrize("command", ["emberwatch", "edge.cli"])
def test_help_loads_neither_numpy_nor_anything_heavier(command: str) -> None:
    program = f"""
import contextlib, io, sys
from {command} import main
sys.argv = ["x", "--help"]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
"""
    assert not loaded_after(program) & (WORKSTATION_ONLY | {"numpy", "PIL"})


def test_help_comes_at_once() -> None:
    command = [Path(sys.executable).with_name("emberwatch"), "--help"]
    seconds = []
    # The best of a few: another process may hold the processor.
    for _ in range(7):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    assert min(seconds) < HELP_SECONDS


def test_import_directions_hold(root: Path) -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
