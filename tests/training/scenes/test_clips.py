"""Claims about generated clips."""

import csv
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from edge.contract.errors import InputError
from training.scenes.clip_labels import ClipLabels
from training.scenes.clips import write_clip
from training.scenes.story import draw_story

SIZE = (160, 120)
SECONDS, ONSET_S = 5.0, 2.0


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ClipLabels]:
    """Return a short clip of each story."""
    folder = tmp_path_factory.mktemp("clips")
    return {
        story: write_clip(folder / f"{story}.mp4", story, 11, SECONDS, ONSET_S, size=SIZE)
        for story in ("fire", "smoke", "quiet")
    }


def frames_of(labels: ClipLabels) -> list[np.ndarray]:
    with av.open(str(labels.clip)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


@pytest.mark.parametrize("story", ["fire", "smoke", "quiet"])
def test_clip_has_a_label_for_every_frame(clips: dict[str, ClipLabels], story: str) -> None:
    labels = clips[story]
    frames = frames_of(labels)
    with labels.path.open(newline="") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    assert len(frames) == len(rows) == len(labels.labels) == 50
    assert [row["label"] for row in rows] == list(labels.labels)
    assert [int(row["frame"]) for row in rows] == list(range(50))
    assert {row["source"] for row in rows} == {labels.source}
    assert frames[0].shape == (120, 160, 3)


def test_clip_runs_at_its_rate(clips: dict[str, ClipLabels]) -> None:
    with av.open(str(clips["fire"].clip)) as container:
        assert container.streams.video[0].average_rate == 10


@pytest.mark.parametrize("story", ["fire", "smoke"])
def test_hazard_is_labelled_from_its_onset(clips: dict[str, ClipLabels], story: str) -> None:
    labels = clips[story]
    assert labels.onset_frame == 20
    assert labels.onset_s == ONSET_S
    assert set(labels.labels[:20]) == {"misc"}
    assert set(labels.labels[20:]) == {story}


def test_quiet_clip_has_no_hazard(clips: dict[str, ClipLabels]) -> None:
    assert set(clips["quiet"].labels) == {"misc"}
    assert clips["quiet"].onset_frame is None


@pytest.mark.parametrize("seed", range(3))
def test_flames_begin_at_the_onset_and_not_before(seed: int) -> None:
    story = draw_story(np.random.default_rng(seed), "fire", 9.0, 3.0, SIZE)
    noise = np.random.default_rng(0)
    before = [story.shot(k / 10, noise) for k in range(20, 30)]
    after = [story.shot(k / 10, noise) for k in range(30, 40)]
    assert all(shot.flame_share == 0.0 for shot in before)
    assert all(shot.flame_share > 0.0 for shot in after)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["fire", "smoke"])
def test_hazard_is_clear_soon_and_stays_so(kind: str, seed: int) -> None:
    story = draw_story(np.random.default_rng(seed), kind, 25.0, 3.0, SIZE)
    noise = np.random.default_rng(0)
    for after_s in (2.0, 3.0, 4.0, 5.0, 10.0, 20.0):
        shot = story.shot(3.0 + after_s, noise)
        assert (shot.flame_share if kind == "fire" else shot.smoke_share) >= 0.02
    assert kind == "fire" or shot.flame_share == 0.0


def test_pixels_change_at_the_onset(clips: dict[str, ClipLabels]) -> None:
    frames = [frame.astype(float) for frame in frames_of(clips["fire"])]
    # The largest change of a block of 8 x 8 pixels from one frame to the next.
    steps = []
    for one, other in pairwise(frames):
        blocks = np.abs(other - one).mean(axis=-1).reshape(15, 8, 20, 8).mean(axis=(1, 3))
        steps.append(blocks.max())
    assert steps[19] > 25
    assert steps[19] > 2 * max(steps[14:19])


def test_same_seed_tells_the_same_story(clips: dict[str, ClipLabels], tmp_path: Path) -> None:
    again = write_clip(tmp_path / "again.mp4", "smoke", 11, SECONDS, ONSET_S, size=SIZE)
    assert again.source == clips["smoke"].source
    for one, other in zip(frames_of(again), frames_of(clips["smoke"]), strict=True):
        assert np.array_equal(one, other)


def test_nothing_half_written_is_left(clips: dict[str, ClipLabels]) -> None:
    names = {path.name for path in clips["fire"].clip.parent.iterdir()}
    assert names == {f"{s}{end}" for s in clips for end in (".mp4", ".labels.tsv")}


@pytest.mark.parametrize(
    "wrong",
    [
        {"story": "flood"},
        {"seconds": 5.0, "onset_s": 5.0},
        {"onset_s": -1.0},
        {"fps": 0},
        {"size": (161, 120)},
        {"size": (32, 32)},
    ],
)
def test_wrong_input_is_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    given: dict[str, object] = {"story": "fire", "seed": 1, "size": SIZE, **wrong}
    with pytest.raises(InputError):
        write_clip(tmp_path / "clip.mp4", **given)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())
