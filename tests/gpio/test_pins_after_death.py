"""The lines of a real GPIO controller, after the watch that drove them died in several ways."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.arm64.board import TOOLS as BOARD_TOOLS
from tests.arm64.board import BoardError, build_boards
from tests.fakes.tiny_bundle import FIRE, MISC, plain, tiny_bundle
from tests.gpio.machine import HERE, TOOLS, build, run

SECONDS = 900
CONFIG = """\
[model]
bundle = "/var/lib/emberwatch/tiny.ember"
threads = 1
[camera]
kind = "folder"
path = "/var/lib/emberwatch/pictures"
fps = 5
[outputs]
trouble = 4
siren = 5
beacon = 6
heartbeat = 7
[health]
ignore = ["camera-covered", "camera-defocused", "camera-frozen", "camera-moved"]
[store]
folder = "/var/lib/emberwatch"
"""
PICTURES, FIRE_FROM = 900, 10
ON = {"trouble": "out 1", "siren": "out 1", "beacon": "out 1"}
OFF = {"trouble": "out 0", "siren": "out 0", "beacon": "out 0"}

Note = dict[str, Any]


@pytest.fixture(scope="module")
def notes(root: Path, need: Callable[[object, str], None], tmp_path_factory) -> list[Note]:
    """Return what was noted on the machine, in order."""
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    missing = [tool for tool in (*TOOLS, *BOARD_TOOLS) if not shutil.which(tool)]
    need(not missing, f"no {', '.join(missing)}: apt install mmdebstrap qemu-system-arm")
    given = tmp_path_factory.mktemp("given")
    for name in ("etc", "state/pictures"):
        (given / name).mkdir(parents=True)
    (given / "state" / "tiny.ember").write_bytes(tiny_bundle().to_bytes())
    (given / "etc" / "emberwatch.toml").write_text(CONFIG)
    for name in ("stock.py", "press.py"):
        shutil.copy(HERE / "given" / name, given / name)
    for number in range(PICTURES):
        rgb = plain(FIRE if number >= FIRE_FROM else MISC)
        Image.fromarray(rgb).save(given / "state" / "pictures" / f"{number:04}.png")
    try:
        board = build_boards(root, root / "build" / "arm64")["ai-edge-litert"]
        parts = build(board, root / "build" / "gpio")
        found = run(board, parts, given, SECONDS)
    except BoardError as error:
        need(False, f"no virtual Pi: {error}")
        raise
    # What docs/decisions/pins-after-death.md tells.
    (root / "build" / "gpio.json").write_text(json.dumps(found, indent=1))
    return found


def noted(notes: list[Note], what: str) -> Note:
    return next(note for note in notes if note["what"] == what)


def pins_at(notes: list[Note], what: str) -> dict[str, str]:
    found = noted(notes, what)["pins"]
    return {name: state for name, state in found.items() if name != "heartbeat"}


def test_nothing_is_driven_before_the_watch(notes):
    assert set(noted(notes, "boot")["pins"].values()) == {"in 0"}


def test_the_hardened_unit_reaches_the_pins_and_sounds(notes):
    assert noted(notes, "started")["ActiveState"] == "active", notes
    assert noted(notes, "alarm")["on"] and pins_at(notes, "alarm") == ON


def test_the_heartbeat_moves_while_frames_are_judged_and_stops_with_a_hang(notes):
    assert noted(notes, "beating")["moves"] >= 4
    assert noted(notes, "hung")["moves"] == 0


def test_the_kernel_keeps_the_pins_driven_after_sigkill(notes):
    # That is why the unit makes them safe, and why there is a heartbeat.
    assert pins_at(notes, "killed") == ON


@pytest.mark.parametrize("how", ["killed", "hung"])
def test_the_unit_makes_them_safe_and_a_new_watch_sounds_again(notes, how):
    assert noted(notes, f"{how}: made safe")["off"]
    assert pins_at(notes, f"{how}: made safe") == OFF
    assert noted(notes, f"{how}: sounds again")["on"]


def test_systemd_started_it_again_each_time(notes):
    # It may have started more often before the first alarm: the emulator is slow.
    whats = ("alarm", "killed: sounds again", "hung: sounds again")
    first, second, third = (int(noted(notes, what)["NRestarts"]) for what in whats)
    assert (second, third) == (first + 1, first + 2)


def test_a_watch_that_is_stopped_leaves_them_off_and_driven(notes):
    assert noted(notes, "stopped")["Result"] == "success"
    assert pins_at(notes, "stopped") == OFF


def test_gpiozeros_own_pins_would_have_let_the_siren_float(notes):
    assert pins_at(notes, "stock")["siren"].startswith("in")


def test_a_button_on_a_real_line_wakes_and_is_told_once(notes):
    pressed = noted(notes, "pressed")
    assert pressed["woken"] and pressed["presses"] == ["silence"]
