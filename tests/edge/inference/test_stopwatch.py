"""Claims of the stopwatch: what it counts, what it refuses, and what it tells of the board."""

import json
import os
import subprocess
import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from edge.inference.board_state import Board, BoardState, throttled_between
from edge.inference.delegation import Delegation
from edge.inference.energy import EnergyMeter
from edge.inference.interpreter import LoadedGraph, installed_runtimes
from edge.inference.memory import Memory
from edge.inference.stopwatch import Effort, Setting, noise, time_runs, warm_up
from edge.inference.stopwatch_child import measure_pieces
from tests.fakes.tiny_bundle import tiny_bundle

FAKES = Path(__file__).resolve().parents[2] / "fakes"
FLOAT = FAKES / "foreign" / "float_unit.tflite"
BRIEF = ("--runs", "5", "--seconds", "0", "--warm-up-seconds", "0")
PMIC = """\
echo '   VDD_CORE_A current(7)=2.00000000A'
echo '   1V8_SYS_A current(2)=0.50000000A'
echo '   VDD_CORE_V volt(15)=0.75000000V'
echo '   1V8_SYS_V volt(10)=1.80000000V'
echo '      EXT5V_V volt(24)=5.15318100V'
"""


def stopwatch(*arguments: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-P", "-m", "edge", "stopwatch", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)


def board_folder(folder: Path, flags: str, milli_celsius: int = 48250) -> Path:
    firmware = folder / "sys/devices/platform/soc/soc:firmware"
    zone = folder / "sys/class/thermal/thermal_zone0"
    firmware.mkdir(parents=True)
    zone.mkdir(parents=True)
    (firmware / "get_throttled").write_text(flags + "\n")
    (zone / "type").write_text("cpu-thermal\n")
    (zone / "temp").write_text(f"{milli_celsius}\n")
    return folder


def rapl(folder: Path, number: int, micro: int, name: str = "package-0") -> Path:
    counter = folder / f"sys/class/powercap/intel-rapl:{number}"
    counter.mkdir(parents=True)
    (counter / "name").write_text(name + "\n")
    (counter / "max_energy_range_uj").write_text("262143328850\n")
    (counter / "energy_uj").write_text(f"{micro}\n")
    return counter / "energy_uj"


def command(folder: Path, lines: str) -> list[str]:
    script = folder / "vcgencmd"
    script.write_text("#!/bin/sh\n" + lines)
    script.chmod(0o755)
    return [str(script)]


def test_each_setting_is_a_reading_of_its_own() -> None:
    done = stopwatch(FLOAT, "--xnnpack", "on,off", "--json", *BRIEF)
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["failures"] == [] and record["size_bytes"] == FLOAT.stat().st_size
    assert [(r["threads"], r["xnnpack"]) for r in record["readings"]] == [(1, True), (1, False)]
    for reading in record["readings"]:
        assert reading["runs"] >= 5 and 0 < reading["median_ms"] <= reading["p95_ms"]
        assert reading["load_ms"] > 0 and reading["first_ms"] > 0
        assert reading["left_over"] + len(reading["taken"]) > 0
        assert reading["runtime"].split()[0] == installed_runtimes()[0]
    assert record["readings"][0]["partitions"] >= 1
    assert record["readings"][1]["partitions"] == 0 and record["readings"][1]["taken"] == []


def test_a_bundles_model_is_timed_and_shown_as_a_table(tmp_path: Path) -> None:
    tiny_bundle().write(tmp_path / "fire.ember")
    done = stopwatch(tmp_path / "fire.ember", "--threads", "1,2", *BRIEF)
    assert done.returncode == 0, done.stderr
    title, names, *rows = done.stdout.splitlines()[:4]
    assert title.startswith("fire.ember, ") and "median ms" in names
    assert [row.split()[:2] for row in rows] == [["1", "on"], ["2", "on"]]


@pytest.mark.parametrize("runtime", installed_runtimes())
def test_what_the_delegate_took_and_what_it_left_are_the_whole_model(runtime: str) -> None:
    content = FLOAT.read_bytes()
    on = LoadedGraph(content, 1, runtime).delegation()
    off = LoadedGraph(content, 1, runtime, xnnpack=False).delegation()
    assert on is not None and off is not None
    assert on.operators == off.operators and "DELEGATE" not in on.operators
    assert on.partitions >= 1 and on.left_over < len(on.operators)
    assert off.partitions == 0 and off.left_over == len(off.operators)


def test_only_what_lies_between_a_parts_inputs_and_outputs_was_taken() -> None:
    nodes = [
        {"op_name": "QUANTIZE", "inputs": [0], "outputs": [1]},
        {"op_name": "CONV_2D", "inputs": [1, 10, 11], "outputs": [2]},
        {"op_name": "CONV_2D", "inputs": [1, 12, -1], "outputs": [3]},
        {"op_name": "AVERAGE_POOL_2D", "inputs": [2], "outputs": [4]},
        {"op_name": "CONCATENATION", "inputs": [4, 3], "outputs": [5]},
        {"op_name": "SOFTMAX", "inputs": [5], "outputs": [6]},
        {"op_name": "DELEGATE", "inputs": [1, 10, 11, 12], "outputs": [2, 3]},
        {"op_name": "DELEGATE", "inputs": [4, 3], "outputs": [5]},
    ]
    found = Delegation.of_nodes(nodes)
    assert found.taken == {1, 2, 4} and found.partitions == 2 and found.left_over == 3


def test_it_runs_often_enough_and_long_enough_and_then_ends() -> None:
    def timed(effort: Effort, step: float) -> int:
        ticks = count(0, step)
        return len(time_runs(lambda: None, effort, lambda: next(ticks), [], None))

    assert timed(Effort(runs=20, least_seconds=0), 0.1) == 20
    assert timed(Effort(runs=1, least_seconds=2.0), 0.1) >= 10
    assert timed(Effort(runs=1000, most_seconds=1), 10.0) == 5
    ran: list[int] = []
    warm_up(lambda: ran.append(1), Effort(warm_up=7, warm_up_seconds=0), lambda: 0.0)
    assert len(ran) == 7


def test_a_time_is_of_one_run() -> None:
    ticks = iter([0.0, 1.0, 1.25, 2.0, 2.25])
    effort = Effort(runs=2, least_seconds=0)
    assert time_runs(lambda: None, effort, lambda: next(ticks), [], None) == [250, 250]


def test_a_truncated_model_is_one_clear_line(tmp_path: Path) -> None:
    whole = FLOAT.read_bytes()
    (tmp_path / "cut.tflite").write_bytes(whole[: len(whole) // 2])
    done = stopwatch(tmp_path / "cut.tflite", *BRIEF)
    assert done.returncode == 3
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    assert "cut short" in done.stderr


def test_a_failing_setting_stands_in_the_json(tmp_path: Path) -> None:
    (tmp_path / "bad.tflite").write_bytes(b"\x10\0\0\0TFL3" + bytes(200))
    done = stopwatch(tmp_path / "bad.tflite", "--json", *BRIEF)
    record = json.loads(done.stdout)
    assert done.returncode == record["failures"][0]["exit_code"] == 3
    assert record["readings"] == [] and record["failures"][0]["error"]


@pytest.mark.parametrize(
    "arguments",
    [("nowhere.tflite",), (FLOAT, "--threads", "0"), (FLOAT, "--xnnpack", "perhaps")],
    ids=["file", "threads", "xnnpack"],
)
def test_bad_input_is_refused_before_anything_runs(arguments: tuple[object, ...]) -> None:
    done = stopwatch(*arguments)
    assert done.returncode == 2 and "Traceback" not in done.stderr and not done.stdout


def test_a_piece_that_kills_the_runtime_does_not_stop_the_others(tmp_path: Path) -> None:
    content = FLOAT.read_bytes()
    for name in ("a", "c"):
        (tmp_path / f"{name}.tflite").write_bytes(content)
    # Unverified by tflite-runtime, which reads beyond it and dies; LiteRT refuses it.
    (tmp_path / "b.tflite").write_bytes(content[:400] + b"\xff" * (len(content) - 400))
    found = measure_pieces(tmp_path, Setting(), Effort(5, 0, 1, 0))
    assert isinstance(found["a.tflite"], float) and isinstance(found["c.tflite"], float)
    assert isinstance(found["b.tflite"], str) and found["b.tflite"]


def test_a_throttled_time_is_marked_as_no_result(tmp_path: Path) -> None:
    root = board_folder(tmp_path, "50005", 81000)
    done = stopwatch(FLOAT, "--root", root, *BRIEF)
    assert done.returncode == 0
    assert "throttled: no result" in done.stdout and "at most 81.0" in done.stdout
    assert "slowed (throttled, under-voltage)" in done.stderr and "Next: " in done.stderr
    record = json.loads(stopwatch(FLOAT, "--root", root, "--json", *BRIEF).stdout)
    assert record["readings"][0]["throttled_by"] == ["under-voltage", "throttled"]


def test_without_a_model_it_tells_of_the_board(tmp_path: Path) -> None:
    root = board_folder(tmp_path, "50008")
    record = json.loads(stopwatch("--root", root, "--json").stdout)
    assert record["celsius"] == 48.25 and record["flags"] == 0x50008
    assert record["slowed_by"] == ["soft temperature limit"]
    assert record["runtime"].split()[0] == installed_runtimes()[0]


def test_only_what_came_up_meanwhile_counts() -> None:
    long_ago = BoardState(50.0, 0x50000)
    assert throttled_between([long_ago, long_ago]) == ()
    assert throttled_between([long_ago, BoardState(80.0, 0x50004), long_ago]) == ("throttled",)
    # It came and went between two looks, and left its mark.
    assert throttled_between([long_ago, BoardState(60.0, 0xD0000)]) == ("soft temperature limit",)
    assert throttled_between([BoardState(), BoardState()]) == ()


def test_vcgencmd_is_asked_where_there_is_no_file(tmp_path: Path) -> None:
    asked = command(tmp_path, 'test "$1" = get_throttled && echo throttled=0x50002\n')
    assert Board(tmp_path, asked).state().slowed_by == ("frequency capped",)
    failing = command(tmp_path, "echo 'VCHI initialization failed'; exit 255\n")
    assert Board(tmp_path, failing).state() == BoardState(None, None)
    assert Board(tmp_path, ("no-such-command",)).state() == BoardState(None, None)


def test_rapl_counters_give_joules_and_may_begin_anew(tmp_path: Path) -> None:
    first = rapl(tmp_path, 0, 1_000_000)
    second = rapl(tmp_path, 1, 262_143_000_000, "package-1")
    rapl(tmp_path, 2, 0, "psys")

    def work() -> None:
        first.write_text("3500000")
        second.write_text("171150")

    meter = EnergyMeter(tmp_path, ("no-such-command",))
    assert meter.available()
    assert meter.joules(work) == pytest.approx(2.5 + 0.5)


def test_a_pi_5s_rails_give_joules(tmp_path: Path) -> None:
    ticks = iter([10.0, 14.0])
    meter = EnergyMeter(tmp_path, command(tmp_path, PMIC), lambda: next(ticks))
    assert meter.available()
    # 2 A x 0.75 V + 0.5 A x 1.8 V for four seconds; a rail without a current has no part.
    assert meter.joules(lambda: None) == pytest.approx(2.4 * 4)


def test_a_machine_that_does_not_tell_gives_no_joules(tmp_path: Path) -> None:
    meter = EnergyMeter(tmp_path, ("no-such-command",))
    assert not meter.available() and meter.joules(lambda: None) is None


def test_the_peak_is_that_of_what_is_measured() -> None:
    memory = Memory()
    size = 60_000_000
    np.ones(2 * size, np.uint8)
    bare = memory.restart_peak()
    taken = np.ones(size, np.uint8)
    taken = taken[:1]
    assert 0.9 * size < memory.peak() - bare < 1.5 * size


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "float32", "float16"])
def test_noise_fills_the_range_of_its_type(dtype: str) -> None:
    values = noise(np.random.default_rng(0), (1, 60, 60, 30), np.dtype(dtype))
    assert values.dtype == dtype
    ends = (0, 1) if dtype.startswith("float") else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    assert values.min() == pytest.approx(ends[0], abs=10) and values.max() == pytest.approx(
        ends[1], abs=10
    )


def test_vcgencmd_is_found_on_the_path(tmp_path: Path) -> None:
    path = os.environ | {"PATH": str(tmp_path)}
    command(tmp_path, 'echo "$1" >> ' + str(tmp_path / "asked") + "; echo throttled=0x0\n")
    words = [sys.executable, "-P", "-m", "edge", "stopwatch", "--root", str(tmp_path), "--json"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=path)
    assert json.loads(done.stdout)["flags"] == 0
    assert (tmp_path / "asked").read_text() == "get_throttled\n"
