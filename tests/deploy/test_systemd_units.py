"""The files under deploy/systemd, held against systemd's own tools and against our commands."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edge.commands import COMMANDS

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "systemd"
UNIT = FOLDER / "emberwatch-edge.service"
COMMAND = "/opt/emberwatch/bin/emberwatch-edge"
HIGHEST_EXPOSURE = 2.5

needs_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed"
)


def values(key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", UNIT.read_text(), re.MULTILINE)


def words(key: str) -> set[str]:
    return {word for value in values(key) for word in value.split()}


@needs_systemd
def test_the_unit_is_exposed_no_more_than_allowed():
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert found is not None, done.stdout + done.stderr
    assert float(found[1]) <= HIGHEST_EXPOSURE


@needs_systemd
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path):
    # The command is not installed here; anything that can be run stands in for it.
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace(COMMAND, "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "emberwatch" in line]
    assert (done.returncode, ours) == (0, [])


def test_camera_and_gpio_stay_usable():
    assert words("DeviceAllow") >= {
        "char-gpiochip", "char-video4linux", "char-media", "char-dma_heap", "char-vcio"
    }  # fmt: skip
    assert {"gpio", "video"} <= words("SupplementaryGroups")
    assert "AF_NETLINK" in words("RestrictAddressFamilies")
    text = UNIT.read_text()
    for breaks in (r"^PrivateDevices=yes", r"^ProcSubset=pid", r"^PrivateNetwork=yes"):
        assert re.search(breaks, text, re.MULTILINE) is None


def test_lgpio_may_write_where_it_must():
    assert any(value == "LG_WD=%t/emberwatch" for value in values("Environment"))
    assert values("RuntimeDirectory") == ["emberwatch"]


def test_a_watch_that_ends_in_any_way_is_started_again_for_ever():
    assert values("Restart") == ["always"] and values("StartLimitIntervalSec") == ["0"]
    assert values("Type") == ["notify"] and values("NotifyAccess") == ["main"]
    assert int(values("WatchdogSec")[0]) > 0


def run_edge(arguments: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "edge", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(FOLDER.parents[1])},
    )


def test_the_command_that_makes_the_pins_safe_is_one_that_there_is(tmp_path):
    (line,) = values("ExecStopPost")
    program, *arguments = line.split()
    assert program == COMMAND
    config = tmp_path / "emberwatch.toml"
    config.write_text("[outputs]\nsiren = 5\n")
    given = [str(config) if word.endswith(".toml") else word for word in arguments]
    given.insert(given.index("safe"), "--simulate-gpio")
    done = run_edge(given, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "siren        GPIO 5   off" in done.stdout


def test_the_command_that_watches_is_one_that_there_is(tmp_path):
    program, name, *arguments = values("ExecStart")[0].split()
    assert program == COMMAND and name in COMMANDS
    done = run_edge([name, *arguments, "--help"], tmp_path)
    assert done.returncode == 0, done.stderr
    # It stops at the configuration, which is not there, and not before.
    done = run_edge([name, *arguments], tmp_path)
    assert done.returncode == 2 and "/etc/emberwatch/emberwatch.toml" in done.stderr


def test_the_hardware_watchdog_is_asked_for_no_more_than_a_pi_can():
    text = (FOLDER / "emberwatch-watchdog.conf").read_text()
    (seconds,) = re.findall(r"^RuntimeWatchdogSec=(\d+)s$", text, re.MULTILINE)
    assert 0 < int(seconds) <= 15


def test_the_user_of_the_unit_is_made_with_its_groups():
    lines = (FOLDER / "emberwatch-sysusers.conf").read_text().splitlines()
    (user,) = values("User")
    assert any(line.split()[:2] == ["u", user] for line in lines)
    members = {tuple(line.split()[1:]) for line in lines if line.startswith("m ")}
    assert members == {(user, group) for group in words("SupplementaryGroups")}
