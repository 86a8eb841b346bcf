from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training.scenes.clips import write_clip
from training.scenes.site import write_site_pictures

SIZE = (240, 180)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    labels = write_clip(folder / "fire.mp4", "fire", 4, 4.0, 2.0, size=SIZE)
    write_site_pictures(folder / "site", "fire", 4, 6, 4.0, 2.0, SIZE)
    return folder, labels


def pixels(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert("RGB")).astype(int)


def test_site_pictures_show_the_scene_of_the_clip(site):
    folder, labels = site
    names = sorted(path.name for path in (folder / "site").iterdir())
    assert len(names) == 6
    assert all(labels.source in name for name in names)


def test_site_pictures_are_other_occasions_than_the_clip(site):
    folder, _ = site
    shown = [pixels(path) for path in sorted((folder / "site").iterdir())]
    for one, other in pairwise(shown):
        assert np.abs(one - other).mean() > 1


def test_the_same_seed_draws_the_same_site(site, tmp_path):
    folder, _ = site
    write_site_pictures(tmp_path, "fire", 4, 6, 4.0, 2.0, SIZE)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (folder / "site" / path.name).read_bytes()
