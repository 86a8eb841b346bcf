"""`emberwatch-edge run` from outside: real processes, signals, files and exit codes."""

import json
import resource
import signal
import subprocess
import sys
from time import sleep

import pytest

from edge.config.config import Config
from edge.service.session import SIMULATED

RUN = ("run", "--config", "watch.toml")
SIMULATED_RUN = (*RUN, "--simulate-gpio")


def start(site, *arguments: str) -> "subprocess.Popen[str]":
    """Start it in real time and wait for its first row."""
    command = [sys.executable, "-u", "-m", "edge", *arguments]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(command, cwd=site, text=True, **pipes)
    while "clear" not in (row := process.stdout.readline()):
        assert row, process.stderr.read()
    return process


def test_a_clip_that_turns_red_raises_the_alarm_after_that(site, run_edge, events):
    done = run_edge(*SIMULATED_RUN, "--timeline", "frames.jsonl")
    assert done.returncode == 0, done.stderr
    assert SIMULATED in done.stderr
    alarms = [e for e in events() if e.kind == "state_changed" and e.state == "alarm"]
    assert [event.frame_s for event in alarms] == [pytest.approx(2.2)]
    assert "alarm raised at 2.20 s; 40 frames" in done.stdout
    assert "siren ON, beacon ON" in done.stdout
    assert "\x1b" not in done.stdout

    frames = [json.loads(line) for line in (site / "frames.jsonl").read_text().splitlines()]
    assert [frame["frame"] for frame in frames] == list(range(40))
    assert [f["state"] for f in frames if f["time_s"] < 1.95] == ["clear"] * 20
    assert frames[0]["moved"] == [["trouble", True]]
    assert frames[22]["moved"] == [["siren", True], ["beacon", True]]
    assert set(frames[0]["scores"]) == {"fire", "smoke", "misc"}
    assert frames[22]["hazard"] > 0.9


def test_a_recording_played_fast_gives_the_same_every_time(site, run_edge):
    courses = []
    for name in ("one.jsonl", "two.jsonl"):
        assert run_edge(*SIMULATED_RUN, "--timeline", name).returncode == 0
        frames = [json.loads(line) for line in (site / name).read_text().splitlines()]
        courses.append([frame | {"invoke_ms": 0} for frame in frames])
    assert courses[0] == courses[1], "and no alarm is left over from the first time"


def test_without_gpio_it_refuses(site, run_edge):
    done = run_edge(*RUN)
    assert done.returncode == 5
    assert "no siren could sound" in done.stderr
    assert "--simulate-gpio" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (site / "state" / "events.sqlite").exists()


def test_simulated_pins_are_told_even_when_quiet(run_edge):
    done = run_edge(*SIMULATED_RUN, "--quiet")
    assert SIMULATED in done.stderr
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 129)]
)
def test_a_signal_stops_it_cleanly(site, configure, events, number, code):
    configure('[camera]\npath = "clip.mp4"\npace = "real-time"\n')
    process = start(site, *SIMULATED_RUN)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    assert f"ended by {number.name}" in out
    *_, dropped, stopped = events()
    assert (dropped.detail["line"], dropped.detail["on"]) == ("trouble", False)
    assert (stopped.kind, stopped.detail["by"]) == ("stopped", number.name)


def test_a_terminal_without_unicode_shows_what_it_can(run_edge):
    done = run_edge(*SIMULATED_RUN, env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin"})
    assert done.returncode == 0, done.stderr
    assert "##########" in done.stdout


def test_after_a_kill_it_starts_again_on_the_same_log(site, configure, run_edge, events):
    configure('[camera]\npath = "clip.mp4"\npace = "real-time"\n')
    process = start(site, *SIMULATED_RUN)
    while not events():
        sleep(0.02)
    process.kill()
    process.communicate(timeout=60)
    configure('[camera]\npath = "clip.mp4"\npace = "fast"\n')
    assert run_edge(*SIMULATED_RUN).returncode == 0
    kinds = [event.kind for event in events()]
    assert kinds.count("started") == 2
    assert kinds.count("stopped") == 1
    assert not list(site.glob("*.damaged-*"))


def test_a_damaged_log_is_kept_and_said(site, run_edge, events):
    (site / "state").mkdir()
    (site / "state" / "events.sqlite").write_bytes(b"rubbish" * 1000)
    assert run_edge(*SIMULATED_RUN).returncode == 0
    assert len(list(site.glob("state/events.sqlite.damaged-*"))) == 1
    assert [event.kind for event in events()][:2] == ["supervisory", "started"]


def test_a_disk_that_fills_up_does_not_stop_the_alarm(run_edge):
    def fill() -> None:
        # Files end at 6 KB, as on a disk with no more room: the log's first page fits.
        resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))

    done = run_edge(*SIMULATED_RUN, "--timeline", "frames.jsonl", preexec_fn=fill)
    assert done.returncode == 0, done.stderr
    assert "siren ON" in done.stdout
    assert "events could not be kept" in done.stderr
    assert "the timeline file ends here" in done.stderr


def test_a_reader_that_leaves_does_not_stop_the_alarm(site, events):
    command = f"{sys.executable} -m edge {' '.join(SIMULATED_RUN)} | head -1"
    subprocess.run(command, shell=True, cwd=site, check=True, capture_output=True)
    assert events()[-1].detail["by"] == "the end of the recording"


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        ('[camera]\npath = "clip.mp4"\n[alarm]\nraise_att = 1\n', 2, "did you mean 'raise_at'"),
        ('[camera]\npath = "none.mp4"\n', 2, "there is no clip"),
        ('[camera]\npath = "watch.toml"\n', 5, "the clip"),
        ('[camera]\npath = "empty"\nkind = "folder"\n', 2, "holds no pictures"),
        ('[camera]\npath = "clip.mp4"\n[alarm]\nhazard = ["smok"]\n', 2, "did you mean 'smoke'"),
    ],
)
def test_what_is_wrong_gets_one_line(site, configure, run_edge, text, code, says):
    (site / "empty").mkdir()
    configure(text)
    done = run_edge(*SIMULATED_RUN)
    assert done.returncode == code
    *_, line = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert says in line
    assert "Traceback" not in done.stderr


def test_a_damaged_bundle_gets_one_line_and_is_logged(site, run_edge, events):
    bundle = bytearray((site / "tiny.ember").read_bytes())
    bundle[5000] ^= 1
    (site / "tiny.ember").write_bytes(bundle)
    done = run_edge(*SIMULATED_RUN)
    assert done.returncode == 3
    assert "tiny.ember" in done.stderr.splitlines()[-1]
    (event,) = events()
    assert (event.kind, event.detail["source"]) == ("trouble", "start")


def test_a_folder_with_a_damaged_picture_is_watched_to_its_end(site, configure, run_edge, events):
    from tests.fakes.tiny_bundle import FIRE, MISC, plain, png

    (site / "stills").mkdir()
    for number in range(8):
        picture = png(plain(FIRE if number > 3 else MISC))
        (site / "stills" / f"{number}.png").write_bytes(picture[: 70 if number == 2 else None])
    configure('[camera]\nkind = "folder"\npath = "stills"\npace = "fast"\nfps = 2\n')
    done = run_edge(*SIMULATED_RUN)
    assert done.returncode == 0, done.stderr
    assert "alarm raised at 3.00 s; 8 frames up to 3.50 s (0 dropped, 1 unreadable)" in done.stdout
    assert "2.png" in next(e for e in events() if e.kind == "trouble").detail["problem"]


def test_the_example_is_printed_and_parses(site, run_edge):
    done = run_edge("run", "--example-config")
    assert done.returncode == 0
    (site / "example.toml").write_text(done.stdout)
    assert Config.read(site / "example.toml").camera.used_kind == "picamera"


def test_no_configuration_says_how_to_get_one(run_edge):
    done = run_edge("run")
    assert done.returncode == 2
    assert "--example-config" in done.stderr


def test_nothing_heavy_is_loaded_by_the_help(run_edge):
    code = (
        "import sys; from edge.cli import make_group; from edge.command_line import run\n"
        "run(make_group(), ['run', '--help'])\n"
        "print({'av', 'gpiozero', 'numpy', 'PIL'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.rstrip().endswith("set()")
