"""The header's table, and the wiring page against the settings."""

import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from gpiozero.pins.mock import MockFactory

from edge.alarm.button_settings import ButtonSettings
from edge.alarm.header import PHYSICAL, pulled_up_at_reset
from edge.alarm.output_lines import OutputLines
from edge.config.config import Config
from edge.contract.setting import example_of

ROOT = Path(__file__).resolve().parents[3]


def test_the_header_is_that_of_gpiozeros_own_board():
    factory = MockFactory()
    (main,) = {header.name for header in factory.board_info.headers.values()} & {"J8"}
    pins = factory.board_info.headers[main].pins
    theirs = {pin.name: number for number, pin in pins.items() if pin.name.startswith("GPIO")}
    assert theirs == {f"GPIO{bcm}": number for bcm, number in PHYSICAL.items()}


def test_the_usual_lines_are_off_until_the_watch_opens_them():
    lines = OutputLines()
    for name, bcm in lines.numbers().items():
        assert pulled_up_at_reset(bcm) is not lines.is_active_high(name)


def rows() -> dict[str, tuple[int, int]]:
    text = (ROOT / "docs" / "wiring.md").read_text()
    found = re.findall(r"^\| (\w+)(?: button)? \| (\d+) \| (\d+) \|", text, re.MULTILINE)
    return {name: (int(bcm), int(pin)) for name, bcm, pin in found}


def test_the_page_tells_the_settings_own_numbers():
    wanted = {}
    for settings in (OutputLines, ButtonSettings):
        for key in fields(settings):
            value = example_of(key)[0]
            if type(value) is int:
                wanted[key.name] = (value, PHYSICAL[value])
    assert rows() == wanted


def test_what_the_page_says_to_write_can_be_written(tmp_path):
    text = (ROOT / "docs" / "wiring.md").read_text()
    (toml,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    config = Config.from_toml('[model]\nbundle = "x"\n[camera]\npath = "y"\n' + toml, tmp_path)
    assert len(config.outputs.numbers() | config.buttons.numbers()) == 9


def test_the_drawing_is_the_scripts_own():
    code = "import sys; sys.path.insert(0, 'scripts'); import wiring; print(wiring.draw(), end='')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == (ROOT / "docs" / "wiring.svg").read_text()
