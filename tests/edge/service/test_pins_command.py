"""`emberwatch-edge pins`, as a process; on simulated pins, where any are."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory
from PIL import Image

from edge.alarm.output_lines import OutputLines
from edge.alarm.pins import Pins
from edge.alarm.safe_pins import leave_safe

needs_no_gpio = pytest.mark.skipif(
    any(Path("/dev").glob("gpiochip*")), reason="this machine has GPIO, and it is left alone"
)


def test_whatever_a_dead_watch_left_on_is_dropped():
    factory = MockFactory()
    lines = OutputLines(active_high=False, buzzer=23)
    for bcm in lines.numbers().values():
        factory.pin(bcm).function = "output"
        factory.pin(bcm).state = bcm == 23
    seen = []
    for bcm in lines.numbers().values():
        factory.pin(bcm).clear_states()
    assert leave_safe(lines, Pins(factory, simulated=True)) == dict.fromkeys(lines.numbers())
    for name, bcm in lines.numbers().items():
        states = [bool(was.state) for was in factory.pin(bcm).states]
        seen.append((name, (not states[1]) if lines.is_active_high(name) else states[1]))
    assert seen == [(name, True) for name in lines.numbers()]


def test_a_line_in_use_does_not_keep_the_others_from_being_dropped():
    factory = MockFactory()
    pins = Pins(factory, simulated=True)
    held = pins.line(27)
    found = leave_safe(OutputLines(), pins)
    assert found["siren"] is None and found["trouble"] is None
    assert found["beacon"] is not None and "GPIO 27" in found["beacon"].line()
    held.close()


def test_safe_needs_no_more_of_the_configuration_than_its_outputs(site, run_edge):
    (site / "watch.toml").write_text("[model]\nnonsense = 1\n[outputs]\nsiren = 5\nbuzzer = 23\n")
    done = run_edge("pins", "--config", "watch.toml", "--simulate-gpio", "safe")
    assert done.returncode == 0, done.stderr
    assert [line.split()[0] for line in done.stdout.splitlines()] == [
        "siren", "beacon", "trouble", "buzzer"
    ]  # fmt: skip
    assert "SIMULATED" in done.stderr


@needs_no_gpio
@pytest.mark.parametrize("what", [["safe"], ["show"], ["test", "siren"]])
def test_without_gpio_it_fails_and_says_so(site, run_edge, what):
    done = run_edge("pins", "--config", "watch.toml", *what)
    assert done.returncode == 5 and "no GPIO" in done.stderr


def test_show_tells_where_each_line_is_on_the_header(site, run_edge):
    with (site / "watch.toml").open("a") as file:
        file.write("[buttons]\nreset = 6\n")
    done = run_edge("pins", "--config", "watch.toml", "--simulate-gpio", "show")
    rows = [line.split()[:4] for line in done.stdout.splitlines()]
    assert ["siren", "17", "11", "high"] in rows
    assert ["reset", "button", "6", "31"] in rows
    assert "No watch answers" in done.stdout


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_test_that_is_broken_off_ends_cleanly(site, end):
    command = [sys.executable, "-m", "edge", "pins", "--config", "watch.toml", "--simulate-gpio"]
    process = subprocess.Popen(
        [*command, "test", "siren", "--seconds", "60"],
        cwd=site,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert "energised" in process.stdout.readline()
    started = time.monotonic()
    process.send_signal(end)
    _, errors = process.communicate(timeout=50)
    assert process.returncode == 130 and "Traceback" not in errors
    assert time.monotonic() - started < 50


@pytest.mark.parametrize("what", [["test", "heartbeat"], ["buttons"]])
def test_what_is_not_wired_cannot_be_tried(site, run_edge, what):
    done = run_edge("pins", "--config", "watch.toml", "--simulate-gpio", *what)
    assert done.returncode == 2 and "give" in done.stderr


def test_show_asks_a_running_watch_for_its_lines(site, configure, run_edge):
    # A recording that lasts: its pictures come one a second.
    pictures = site / "pictures"
    pictures.mkdir()
    for number in range(40):
        Image.new("RGB", (64, 48), (20, 60 + number, 20)).save(pictures / f"{number:02}.png")
    configure('[camera]\nkind = "folder"\npath = "pictures"\nfps = 1\n')
    watch = subprocess.Popen(
        [sys.executable, "-m", "edge", "run", "--config", "watch.toml", "--simulate-gpio"],
        cwd=site,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        said = ""
        end = time.monotonic() + 60
        while "energised" not in said and time.monotonic() < end and watch.poll() is None:
            said = run_edge("pins", "--config", "watch.toml", "--simulate-gpio", "show").stdout
    finally:
        watch.terminate()
        watch.wait(30)
    assert re.search(r"^trouble .* (energised|off) ", said, re.MULTILINE)
    assert "drives SIMULATED pins" in said
