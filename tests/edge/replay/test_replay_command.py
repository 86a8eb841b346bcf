"""`replay` and `tune` as a person runs them, on real clips with a real (tiny) model."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.config.config import Config
from edge.contract.bundle import ModelBundle
from edge.inference.classifier import Classifier
from edge.replay.recording import Recorder, Recording
from edge.replay.session import ReplaySession
from tests.fakes.clips import fire_clip, write_clip
from tests.fakes.tiny_bundle import FIRE, MISC, plain


def scene(colour: tuple[int, int, int]) -> np.ndarray:
    """Return a picture with something to see in it, uint8 [48, 64, 3], mostly of one colour."""
    rgb = plain(colour)
    rgb[::8] = rgb[:, ::8] = np.array(colour) * 0.7
    return rgb


def shaky(rgb: np.ndarray, seed: int) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(-6, 7, rgb.shape)
    return np.clip(rgb + noise, 0, 255).astype(np.uint8)


def write_labels(clip: Path, count: int, onset: int) -> Path:
    rows = "".join(f"{n}\t{'fire' if n >= onset else 'misc'}\n" for n in range(count))
    path = clip.with_name(f"{clip.stem}.labels.tsv")
    path.write_text("frame\tlabel\n" + rows)
    return path


def lines(done) -> list[dict]:
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_fire_in_a_clip_alarms_after_k_frames(site, run_edge):
    (told,) = lines(run_edge("replay", "--bundle", "tiny.ember", "--json", "clip.mp4"))
    assert told["clip"] == "clip.mp4"
    assert told["alarm_at_s"] == pytest.approx(2.2)
    assert told["pre_alarm_at_s"] == pytest.approx(2.0)
    assert told["frames_judged"] == told["frames"] == 40
    assert told["seconds"] == pytest.approx(4.0)
    assert told["hazard_max"] > 0.9


@pytest.mark.parametrize(
    "rules",
    [
        "[alarm]\nk = 4\nn = 6\nsmoothing = 0.5\n",
        "[sweep]\non = true\nrows = 2\ncolumns = 2\n",
        "[gate]\nenabled = true\n",
        '[[zones]]\nname = "a"\nkind = "ignore"\npoints = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]]\n',
    ],
)
def test_the_replay_decides_as_the_watch_did(site, run_edge, configure, rules):
    configure(f'[camera]\npath = "clip.mp4"\npace = "fast"\n{rules}')
    run_edge("run", "--config", "watch.toml", "--simulate-gpio", "--quiet", "--timeline", "t.jsonl")
    timeline = [json.loads(line) for line in (site / "t.jsonl").read_text().splitlines()]
    watched = next(row["time_s"] for row in timeline if row["state"] == "alarm")
    (told,) = lines(run_edge("replay", "--config", "watch.toml", "--json", "clip.mp4"))
    assert told["alarm_at_s"] == pytest.approx(watched)


def test_a_clip_in_which_nothing_burns_raises_nothing(site, run_edge):
    write_clip(site / "calm.mp4", [shaky(scene(MISC), n) for n in range(30)])
    (told,) = lines(run_edge("replay", "--bundle", "tiny.ember", "--json", "calm.mp4"))
    assert told["alarm_at_s"] is None
    assert told["trouble_at_s"] is None


def test_a_lens_that_goes_black_is_a_trouble_in_time(site, run_edge):
    frames = [shaky(scene(MISC), n) if n < 20 else plain((0, 0, 0)) for n in range(120)]
    write_clip(site / "dark.mp4", frames)
    (told,) = lines(run_edge("replay", "--bundle", "tiny.ember", "--json", "dark.mp4"))
    assert told["alarm_at_s"] is None
    assert 2.0 < told["trouble_at_s"] <= 7.1
    assert told["trouble"]


def test_a_person_reads_rows(site, run_edge):
    write_labels(site / "clip.mp4", 40, 20)
    done = run_edge("replay", "--bundle", "tiny.ember", "clip.mp4")
    assert done.returncode == 0, done.stderr
    assert re.search(r"clip\.mp4 +40 +2\.00 s +2\.20 s", done.stdout)
    assert "labelled a hazard from 2 s on: alarm after 0.2 s" in done.stdout


def test_a_clip_that_is_cut_short_is_told_and_the_next_one_is_played(site, run_edge):
    whole = (site / "clip.mp4").read_bytes()
    (site / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    done = run_edge("replay", "--bundle", "tiny.ember", "--json", "cut.mp4", "no.mp4", "clip.mp4")
    assert done.returncode == 5
    cut, missing, good = map(json.loads, done.stdout.splitlines())
    assert "cannot be read" in cut["error"] or "holds no" in cut["error"]
    assert cut["alarm_at_s"] is None
    assert cut["trouble_at_s"] is not None
    assert "no clip" in missing["error"]
    assert good["alarm_at_s"] == pytest.approx(2.2)
    assert "Traceback" not in done.stderr


def test_a_clip_that_breaks_off_keeps_what_was_seen_before(site, bundle_bytes):
    write_clip(site / "long.avi", [shaky(scene(MISC), n) for n in range(60)])
    session = ReplaySession.open(site / "long.avi", site / "tiny.ember", None, None, None)
    recording = Recording(
        site / "long.avi", session.record(site / "long.avi", lambda _: None)[0].reports[:30], "gone"
    )
    from edge.replay.play import play

    played = play(recording, session.judge())
    assert played.trouble is not None
    assert played.trouble.time_s == pytest.approx(2.9)
    assert played.trouble.troubles == ("gone",)


def test_a_folder_of_pictures_is_a_clip_too(site, run_edge):
    folder = site / "stills"
    folder.mkdir()
    for number in range(8):
        Image.fromarray(scene(FIRE if number > 3 else MISC)).save(folder / f"{number}.png")
    (told,) = lines(run_edge("replay", "--bundle", "tiny.ember", "--json", "stills"))
    assert told["frames_judged"] == 8
    assert told["alarm_at_s"] == pytest.approx(6.0)


def test_fewer_frames_a_second_make_the_alarm_later(site, run_edge):
    (told,) = lines(
        run_edge("replay", "--bundle", "tiny.ember", "--fps", "2", "--json", "clip.mp4")
    )
    assert told["frames_judged"] == 8
    assert told["alarm_at_s"] == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("camera", "frames"),
    [
        ('kind = "picamera"\n', 40),
        ('kind = "picamera"\nfps = 5\n', 20),
        ('url = "rtsp://10.0.0.9/"\n', 40),
        ('url = "rtsp://10.0.0.9/"\nmax_fps = 5\n', 20),
    ],
)
def test_a_recording_is_looked_at_as_often_as_the_camera_will_be(
    site, run_edge, configure, camera, frames
):
    fire_clip(site / "clip.mp4", fps=20)
    configure(f"[camera]\n{camera}")
    (told,) = lines(run_edge("replay", "--config", "watch.toml", "--json", "clip.mp4"))
    assert told["frames_judged"] == frames


def test_schedules_go_by_the_time_that_is_given(site, run_edge, configure):
    configure(
        '[camera]\npath = "clip.mp4"\n[[schedules]]\nname = "works"\ntimes = ["08:00-16:00"]\n'
        "armed = false\n"
    )
    replay = ("replay", "--config", "watch.toml", "--json", "clip.mp4", "--starts-at")
    (day,) = lines(run_edge(*replay, "2026-03-04T12:00"))
    (night,) = lines(run_edge(*replay, "2026-03-04T20:00"))
    assert day["alarm_at_s"] is None
    assert "disarmed by the schedule 'works'" in day["supervisory"][0]
    assert night["alarm_at_s"] == pytest.approx(2.2)


def test_zones_of_the_configuration_hold(site, run_edge, configure):
    configure(
        '[camera]\npath = "clip.mp4"\n[[zones]]\nname = "all"\nkind = "ignore"\n'
        "points = [[0, 0], [1, 0], [1, 1], [0, 1]]\n"
    )
    (told,) = lines(run_edge("replay", "--config", "watch.toml", "--json", "clip.mp4"))
    assert told["alarm_at_s"] is None
    assert "leave nothing to be watched" in told["supervisory"][0]


def test_what_was_seen_is_kept_and_gives_the_same_again(site, run_edge):
    replay = ("replay", "--bundle", "tiny.ember", "--cache", "kept", "--json", "clip.mp4")
    (first,) = lines(run_edge(*replay))
    assert len(list((site / "kept").iterdir())) == 1
    (again,) = lines(run_edge(*replay))
    assert {**first, "speed": 0} == {**again, "speed": 0}
    (site / "kept").glob("*").__next__().write_bytes(b"damaged")
    (third,) = lines(run_edge(*replay))
    assert {**first, "speed": 0} == {**third, "speed": 0}
    fire_clip(site / "clip.mp4", onset_s=1.0)
    (other,) = lines(run_edge(*replay))
    assert other["alarm_at_s"] == pytest.approx(1.2)


def test_a_recording_survives_bytes(site):
    bundle = ModelBundle.read(site / "tiny.ember")
    config = Config.read(site / "watch.toml")
    recorder = Recorder(config, bundle, Classifier.from_bundle(bundle))
    recording = recorder.record(site / "clip.mp4")
    back = Recording.from_bytes(recording.clip, recording.to_bytes())
    assert [report.scores for report in back.reports] == [r.scores for r in recording.reports]
    assert [report.facts for report in back.reports] == [r.facts for r in recording.reports]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("clip.mp4",), "--bundle"),
        (("--bundle", "none.ember", "clip.mp4"), "none.ember"),
        (("--bundle", "tiny.ember", "--labels", "none.tsv", "clip.mp4"), "none.tsv"),
        ((), "CLIP"),
    ],
)
def test_what_cannot_be_is_refused_without_a_traceback(run_edge, arguments, says):
    done = run_edge("replay", *arguments)
    assert done.returncode in (2, 3)
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_tune_writes_a_configuration_that_the_watch_takes(site, run_edge, configure):
    configure('[camera]\npath = "clip.mp4"\n[alarm]\nk = 4 # four\nn = 6\n')
    write_labels(site / "clip.mp4", 40, 20)
    done = run_edge(
        *("tune", "--config", "watch.toml", "clip.mp4", "--false-alarms-per-day", "2"),
        *("--out", "tuned.toml", "--plot", "tune.png"),
    )
    assert done.returncode == 0, done.stderr
    assert "too short to show 2 a day: that takes 1.5 days" in " ".join(done.stdout.split())
    config = Config.read(site / "tuned.toml")
    assert config.alarm.k >= 4
    assert "# four" in (site / "tuned.toml").read_text()
    with Image.open(site / "tune.png") as plot:
        assert plot.size == (1000, 640)
    (told,) = lines(run_edge("replay", "--config", "tuned.toml", "--json", "clip.mp4"))
    assert told["alarm_at_s"] is not None


def test_tune_tells_all_as_json(site, run_edge):
    write_labels(site / "clip.mp4", 40, 20)
    write_clip(site / "calm.mp4", [shaky(scene(MISC), n) for n in range(30)])
    done = run_edge("tune", "--bundle", "tiny.ember", "--normal", "--json", "clip.mp4", "calm.mp4")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["normal_days"] == pytest.approx(5.0 / 86400)
    assert told["footing"] == "seen"
    assert told["chosen"]["delays_s"] == [pytest.approx(0.2)]
    assert len(told["trials"]) > 100


def test_tune_refuses_clips_of_which_nobody_says_what_is_in_them(run_edge):
    done = run_edge("tune", "--bundle", "tiny.ember", "clip.mp4")
    assert done.returncode == 2
    assert "clip.labels.tsv" in done.stderr
    assert "--normal" in done.stderr
