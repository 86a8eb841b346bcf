"""The contact sheet: which moments it shows, and that it is a picture."""

import numpy as np
import pytest
from PIL import Image

from edge.contract.errors import InputError
from edge.filmstrip.filmstrip import Filmstrip
from edge.filmstrip.track import Point, Track


def track(states: str) -> Track:
    names = {".": "clear", "p": "pre-alarm", "A": "alarm", "?": "trouble"}
    points = (
        Point(n, n / 10, None if letter == "?" else 0.5, names[letter])
        for n, letter in enumerate(states)
    )
    return Track(tuple(points))


def test_the_first_alarm_and_the_ends_are_always_there():
    chosen = [point.number for point in track("." * 50 + "pp" + "A" * 50).decisive(8)]
    assert {0, 50, 52, 101} <= set(chosen)
    assert len(chosen) == 8
    assert chosen == sorted(chosen)


def test_the_others_are_spread_evenly():
    chosen = [point.number for point in track("." * 81).decisive(9)]
    assert chosen == [0, 10, 20, 30, 40, 50, 60, 70, 80]


@pytest.mark.parametrize("states", [".", "A", "..A", "?.?", "..?pA"])
@pytest.mark.parametrize("count", [2, 8])
def test_a_short_recording_gives_what_there_is(states, count):
    chosen = track(states).decisive(count)
    assert 1 <= len(chosen) <= max(count, 2)
    assert len(set(chosen)) == len(chosen)


def test_the_sheet_is_drawn_from_a_clip(site, run_edge):
    done = run_edge("filmstrip", "tiny.ember", "clip.mp4", "--out", "sheet.png", "--count", "6")
    assert done.returncode == 0, done.stderr
    assert "6 moments" in done.stdout
    assert "2.20" in done.stdout
    with Image.open(site / "sheet.png") as sheet:
        assert sheet.width > 1600
        assert np.asarray(sheet).std() > 20


def test_a_timeline_tells_what_the_camera_saw(site, run_edge):
    assert run_edge("run", "--config", "watch.toml", "--simulate-gpio", "--timeline", "t.jsonl")
    clip = site / "clip.mp4"
    film = Filmstrip.of(site / "tiny.ember", clip, site / "t.jsonl", site / "watch.toml")
    watched = Filmstrip.of(site / "tiny.ember", clip, None, None).track.points
    for told, seen in zip(film.track.points, watched, strict=True):
        assert (told.number, told.state) == (seen.number, seen.state)
        assert told.hazard == pytest.approx(seen.hazard, abs=1e-6)
    assert 2.2 in film.write(site / "sheet.png", 8, "A fire")


def test_a_timeline_of_another_clip_is_refused_and_nothing_is_written(site):
    (site / "t.jsonl").write_text(
        '{"frame": 0, "time_s": 0, "hazard": 0, "state": "clear"}\n'
        '{"frame": 900, "time_s": 90, "hazard": 0, "state": "clear"}\n'
    )
    film = Filmstrip.of(site / "tiny.ember", site / "clip.mp4", site / "t.jsonl", None)
    with pytest.raises(InputError, match="not of this recording"):
        film.write(site / "sheet.png", 8, "A fire")
    assert not (site / "sheet.png").exists()


@pytest.mark.parametrize("content", ["", "not json", '{"frame": 1}', "[]"])
def test_a_file_that_is_no_timeline_is_refused(site, content):
    (site / "t.jsonl").write_text(content)
    with pytest.raises(InputError, match="timeline"):
        Track.read(site / "t.jsonl")
