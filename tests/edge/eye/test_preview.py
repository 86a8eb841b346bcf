"""Pictures for the page and for evidence."""

import io

import numpy as np
from PIL import Image

from edge.config.eye import EyeSettings
from edge.eye.preview import Preview
from tests.fakes.tiny_bundle import FIRE, plain


def test_so_many_a_second_and_no_more():
    preview = Preview(EyeSettings(evidence_fps=2.0))
    made = [bool(preview.jpeg(plain(FIRE), n / 10)) for n in range(30)]
    assert sum(made) == 6
    assert made[0]


def test_none_are_made_where_none_are_wanted():
    preview = Preview(EyeSettings(evidence_fps=0))
    assert not any(preview.jpeg(plain(FIRE), float(n)) for n in range(9))


def test_a_recording_that_begins_anew_is_shown_again():
    preview = Preview(EyeSettings())
    assert preview.jpeg(plain(FIRE), 500.0)
    assert preview.jpeg(plain(FIRE), 0.0)


def test_they_are_scaled_down_but_not_below_the_width_asked_for():
    preview = Preview(EyeSettings(evidence_width=400))
    picture = Image.open(io.BytesIO(preview.jpeg(plain(FIRE, 1280, 720), 0.0)))
    assert picture.size == (427, 240)
    assert np.abs(np.asarray(picture).mean(axis=(0, 1)) - FIRE).max() < 4
