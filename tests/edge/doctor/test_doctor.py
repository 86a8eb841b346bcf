"""Doctor: what would keep the watch from its work is found by using it, and named."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.config.config import Config
from edge.doctor.board import look_at_heat, look_at_power, look_at_watchdog
from edge.doctor.camera import look_at_camera
from edge.doctor.case import Case
from edge.doctor.child import run_apart
from edge.doctor.clock import look_at_clock
from edge.doctor.disk import look_at_disk
from edge.doctor.doctor import LOOKS, Doctor
from edge.doctor.finding import Finding
from edge.doctor.model import look_at_memory, look_at_model
from edge.doctor.network import look_at_network
from edge.doctor.pins import look_at_pins

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def case(site: Path) -> Case:
    """Return the site's configuration, on a machine that tells nothing of itself."""
    config_file = site / "watch.toml"
    return Case(config_file, Config.read(config_file), simulate_gpio=True, root=site / "root")


def levels(findings: Iterator[Finding]) -> list[str]:
    """Return how grave each finding is."""
    return [finding.level for finding in findings]


def put(root: Path, name: str, text: str) -> None:
    """Write a file of a machine."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_machine_that_works_is_told_so_line_by_line(run_edge: Run) -> None:
    done = run_edge("doctor", "--config", "watch.toml", "--simulate-gpio", "--json")
    record = json.loads(done.stdout)
    assert (done.returncode, record["works"]) == (0, True)
    assert {finding["check"] for finding in record["findings"]} == {"config", *LOOKS}
    model = next(f for f in record["findings"] if f["check"] == "model")
    assert model["level"] == "ok"
    assert "golden pictures come out" in model["found"]
    # Whatever is not all right says what to do.
    assert all(f["todo"] for f in record["findings"] if f["level"] != "ok")


@pytest.mark.skipif(any(Path("/dev").glob("gpiochip*")), reason="this machine has pins")
def test_a_machine_without_pins_is_no_camera(run_edge: Run) -> None:
    done = run_edge("doctor", "--config", "watch.toml")
    assert done.returncode == 5
    assert "no siren could sound" in done.stdout
    assert "The watch would not work here: 1 bad" in done.stdout


def test_every_mistake_in_the_configuration_is_told_at_once(site: Path, run_edge: Run) -> None:
    (site / "watch.toml").write_text('[model]\nbundel = "x"\n[alarm]\nraise_at = 7\n')
    done = run_edge("doctor", "--config", "watch.toml", "--json")
    found = json.loads(done.stdout)["findings"]
    assert done.returncode == 2
    assert {finding["check"] for finding in found} == {"config"}
    assert len(found) >= 2
    assert run_edge("doctor", "--config", "none.toml").returncode == 2


def test_a_missing_bundle_is_told(case: Case, site: Path) -> None:
    (site / "tiny.ember").unlink()
    (found,) = look_at_model(case)
    assert found.level == "bad"
    assert "tiny.ember" in found.found


def test_a_bundle_with_one_flipped_bit_is_told(case: Case, site: Path) -> None:
    data = bytearray((site / "tiny.ember").read_bytes())
    data[len(data) // 2] ^= 1
    (site / "tiny.ember").write_bytes(data)
    (found,) = look_at_model(case)
    assert found.level == "bad"
    assert found.todo


def test_rules_for_another_model_are_told(case: Case) -> None:
    rules = replace(case.config.alarm, hazard=("flood",))
    case = replace(case, config=replace(case.config, alarm=rules))
    assert levels(look_at_model(case)) == ["ok", "bad"]


def test_a_runtime_that_dies_is_an_answer(site: Path) -> None:
    (site / "m.tflite").write_bytes(
        (Path(__file__).parents[2] / "fakes" / "tiny_colour.tflite").read_bytes()
    )
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_CPU, (2, 2))\n"
        "from edge.doctor.child import run_apart\n"
        "done = run_apart(['stopwatch', '--here', 'm.tflite', '--seconds', '60', "
        "'--max-seconds', '60', '--runs', '1000000'], 60)\n"
        "print(done.ended_by)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=site, capture_output=True, text=True)
    assert done.stdout.strip() in ("SIGKILL", "SIGXCPU")


def test_a_command_that_hangs_is_left_at_the_deadline(site: Path) -> None:
    os.mkfifo(site / "never.toml")
    assert run_apart(["camera", "--config", str(site / "never.toml")], 3.0).code is None


def test_a_camera_that_is_not_there_is_told(case: Case, site: Path) -> None:
    (site / "clip.mp4").unlink()
    (found,) = look_at_camera(case)
    assert (found.check, found.level) == ("camera", "bad")
    assert "clip.mp4" in found.found


def test_a_clip_cut_short_is_told(case: Case, site: Path) -> None:
    (site / "clip.mp4").write_bytes((site / "clip.mp4").read_bytes()[:300])
    assert levels(look_at_camera(case)) == ["bad"]


def test_a_recording_gives_pictures_and_is_no_camera(case: Case) -> None:
    (found,) = look_at_camera(case)
    assert found.level == "note"
    assert "64 x 48" in found.found


def test_simulated_pins_are_never_all_right(case: Case) -> None:
    (found,) = look_at_pins(case)
    assert found.level == "note"
    assert "no siren would sound" in found.found


def test_a_state_folder_that_is_a_file_is_told(case: Case, site: Path) -> None:
    (site / "state").write_text("not a folder")
    (found,) = look_at_disk(case)
    assert found.level == "bad"


def test_the_disk_is_left_as_it_was(case: Case, site: Path) -> None:
    assert levels(look_at_disk(case))[0] in ("ok", "note")
    assert list((site / "state").iterdir()) == []


@pytest.mark.parametrize(("option", "level"), [("size=64k", "bad"), ("ro", "bad"), ("", "note")])
def test_a_disk_that_is_full_or_read_only_is_told(site: Path, option: str, level: str) -> None:
    if shutil.which("unshare") is None:
        pytest.skip("no unshare(1) here")
    (site / "state").mkdir()
    code = (
        "import sys; from pathlib import Path; from edge.config.config import Config\n"
        "from edge.doctor.case import Case; from edge.doctor.disk import look_at_disk\n"
        "file = Path('watch.toml'); case = Case(file, Config.read(file))\n"
        "print(*(f.level for f in look_at_disk(case)))"
    )
    fill = "head -c 60000 /dev/zero > state/full;" if "size" in option else ""
    mount = f"mount -t tmpfs -o {option or 'size=1m'} tmpfs state"
    script = f'{mount} || exit 77; {fill} exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, sys.executable, code],
        cwd=site,
        capture_output=True,
        text=True,
    )
    if done.returncode in (1, 77) and not done.stdout:
        pytest.skip(f"no mounts here: {done.stderr.strip()}")
    assert done.stdout.strip() == level


@pytest.mark.parametrize(("milli", "level"), [("51000", "ok"), ("79000", "note")])
def test_heat_is_told_before_it_slows_the_board(case: Case, milli: str, level: str) -> None:
    put(case.root, "sys/class/thermal/thermal_zone0/temp", milli)
    put(case.root, "sys/class/thermal/thermal_zone0/type", "cpu-thermal")
    assert levels(look_at_heat(case)) == [level]


@pytest.mark.parametrize(("flags", "level"), [("0", "ok"), ("10000", "note"), ("50005", "bad")])
def test_a_weak_supply_is_told_now_and_since_the_start(case: Case, flags: str, level: str) -> None:
    put(case.root, "sys/devices/platform/soc/soc:firmware/get_throttled", flags)
    assert levels(look_at_power(case)) == [level]


def test_a_machine_that_tells_nothing_is_not_said_to_be_well(case: Case) -> None:
    for look in (look_at_heat, look_at_power, look_at_watchdog, look_at_memory):
        assert "ok" not in levels(look(case))


def test_too_little_memory_is_told(case: Case) -> None:
    put(case.root, "proc/meminfo", "MemTotal: 900000 kB\nMemAvailable: 20480 kB\n")
    (found,) = look_at_memory(case)
    assert found.level == "bad"
    assert "20 MiB" in found.found


def test_a_clock_chip_is_seen(case: Case) -> None:
    put(case.root, "sys/class/rtc/rtc0/name", "pcf85063")
    (found,) = look_at_clock(case)
    assert "a clock chip keeps it" in found.found or "cannot be told" in found.found


def test_what_cannot_be_reached_is_a_note_for_no_alarm_waits_for_it(case: Case) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        there = replace(case.config.mqtt, broker="127.0.0.1", port=port)
        case = replace(case, config=replace(case.config, mqtt=there))
        assert levels(look_at_network(case)) == ["ok"]
    assert levels(look_at_network(case)) == ["note"]


def test_a_port_that_another_holds_is_told(case: Case) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        web = replace(case.config.web, on=True, port=port)
        case = replace(case, config=replace(case.config, web=web))
        assert levels(look_at_network(case)) == ["note"]


def test_one_look_that_fails_does_not_end_the_others(site: Path) -> None:
    (site / "tiny.ember").unlink()
    (site / "clip.mp4").unlink()
    checks = [finding.check for finding in Doctor(site / "watch.toml", True).examine()]
    assert checks[-1] == "network"
    assert checks.count("model") == checks.count("camera") == 1
