"""The `camera` command, as a process, on the stand-in for picamera2, on clips and on streams."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edge.contract.picture import read_picture
from tests.fakes.stream_server import StreamServer

SMALL = "width = 640\nheight = 360\n"
FAKES = Path(__file__).parents[2] / "fakes" / "pi"


@pytest.fixture
def camera(site, run_edge, configure) -> Callable[..., object]:
    """Return a function that runs the command on a board that sees `scene`."""

    def run(*arguments: str, section: str = SMALL, **board: object):
        configure(f"[camera]\n{section}")
        (site / "board.json").write_text(json.dumps(board))
        paths = os.pathsep.join([str(FAKES), *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = os.environ | {"PYTHONPATH": paths, "FAKE_PICAMERA": str(site / "board.json")}
        return run_edge("camera", *arguments, env=environment)

    return run


TRY = ("--config", "watch.toml", "--frames", "5")


def test_it_says_what_the_camera_gives_and_keeps_a_picture(site, camera):
    done = camera(*TRY, "--save", "view.png", scene=[220, 60, 20])
    assert done.returncode == 0, done.stderr
    for says in ("Raspberry Pi camera 0", "640 x 360", "a second (5 frames", "ms from capture"):
        assert says in done.stdout
    assert np.abs(read_picture(site / "view.png").mean(axis=(0, 1)) - (220, 60, 20)).max() < 3


def test_figures_as_json(camera):
    done = camera(*TRY, "--json", scene=[10, 10, 10])
    figures = json.loads(done.stdout)
    assert (figures["width"], figures["height"], figures["frames"]) == (640, 360, 5)
    assert 5 < figures["brightness"] < 15
    assert 0 < figures["age_s"] < 10
    assert figures["problems"] == []


def test_the_card_proves_the_colours(site, camera):
    assert camera("--make-card", "card.png").returncode == 0
    done = camera(*TRY, "--colour-bars", scene=str(site / "card.png"))
    assert done.returncode == 0, done.stderr
    assert "right: red, green, blue" in done.stdout


def test_exchanged_colours_are_a_fault(site, camera):
    camera("--make-card", "card.png")
    card = read_picture(site / "card.png")
    Image.fromarray(np.ascontiguousarray(card[..., ::-1])).save(site / "swapped.png")
    done = camera(*TRY, "--colour-bars", scene=str(site / "swapped.png"))
    assert done.returncode == 5
    assert "colours of Raspberry Pi camera 0 are exchanged; found BGR; expected RGB" in done.stderr


def test_no_card_before_the_camera_proves_nothing(camera):
    done = camera(*TRY, "--colour-bars", scene=[120, 110, 90])
    assert done.returncode == 2
    assert "no colour bars are seen" in done.stderr


def test_no_camera_ends_with_what_to_do(camera):
    done = camera(*TRY, section=SMALL + "timeout_seconds = 1\n", cameras=0, scene=[0, 0, 0])
    assert done.returncode == 5
    assert "there is no Raspberry Pi camera 0" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_stream_and_a_clip_are_tried_the_same_way(site, camera):
    with StreamServer() as server:
        url = server.url.replace("http://", "http://user:geheim@")
        done = camera(*TRY, section=f'url = "{url}"\n')
    assert done.returncode == 0, done.stderr
    assert "64 x 48" in done.stdout
    assert "geheim" not in done.stdout + done.stderr
    done = camera(*TRY, section='path = "clip.mp4"\npace = "fast"\n')
    assert done.returncode == 0, done.stderr
    assert "ms from capture" not in done.stdout
