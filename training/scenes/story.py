"""Story: what happens in front of the camera from the first second of a clip to the last."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from edge.contract.errors import InputError
from training.scenes import palette
from training.scenes.arrays import Size
from training.scenes.camera_look import CameraLook, draw_look
from training.scenes.clip_labels import QUIET
from training.scenes.hazard import Hazard, plan_fire, plan_smoke
from training.scenes.light import Daytime
from training.scenes.person import Person, draw_person
from training.scenes.pictures import draw_scene
from training.scenes.scene import Scene
from training.scenes.shot import Moment, Shot, Walker, take_shot

STORIES = ("fire", "smoke", "quiet")
"""The stories that can be told."""

CLEAR_SHARE = 0.03
"""Share of the picture that a hazard covers `CLEAR_AFTER_S` after its onset, at least."""

CLEAR_AFTER_S = (1.0, 1.5, 2.5)
"""Seconds after the onset at which that is checked."""

_TRIES = 60


@dataclass(frozen=True)
class Walk:
    """Someone who crosses the scene between two moments, seconds."""

    person: Person
    begins_s: float
    ends_s: float


@dataclass(frozen=True)
class Story:
    """A scene, its camera and everything that happens.

    Attributes:
        kind: one of `STORIES`.
        scene: the place.
        look: the camera.
        onset_s: when the hazard begins, or in a quiet story when the lamp is switched.
        hazard: what begins then, or None.
        lamps: level of each lamp before the onset.
        switched: level of each lamp after it.
        walks: who comes by.
    """

    kind: str
    scene: Scene
    look: CameraLook
    onset_s: float
    hazard: Hazard | None
    lamps: tuple[float, ...]
    switched: tuple[float, ...]
    walks: tuple[Walk, ...]

    def label(self, time_s: float) -> str:
        """Return the class of the frame at a moment, seconds."""
        return QUIET if self.hazard is None or time_s < self.onset_s else self.kind

    def moment(self, time_s: float) -> Moment:
        """Return what goes on at a moment, seconds."""
        bank = self.scene.bank
        walkers = [
            Walker(walk.person, (time_s - walk.begins_s) / (walk.ends_s - walk.begins_s))
            for walk in self.walks
            if walk.begins_s <= time_s <= walk.ends_s
        ]
        lamps = self.lamps if time_s < self.onset_s else self.switched
        return Moment(
            time_s=time_s,
            lamps=tuple(level * (1 + 0.03 * bank.wave(2, time_s * 0.9)) for level in lamps),
            daylight=1.0 + 0.07 * bank.wave(0, 0.3 + time_s / 90),
            gain=1.0 + 0.05 * bank.wave(1, 0.6 + time_s / 60),
            hazard=self.hazard,
            age_s=time_s - self.onset_s if self.hazard is not None else -1.0,
            walkers=tuple(walkers),
        )

    def shot(self, time_s: float, rng: np.random.Generator) -> Shot:
        """Take the picture at a moment; `rng` draws the camera's noise."""
        look = self.look
        if look.stamp:
            whole = int(time_s)
            look = replace(look, stamp=f"{look.stamp[:-10]}{whole // 60:02d}:{whole % 60:02d}")
        return take_shot(self.scene, self.moment(time_s), look, rng)


def draw_story(
    rng: np.random.Generator, kind: str, seconds: float, onset_s: float, size: Size
) -> Story:
    """Draw a story of a kind whose hazard is soon clearly to be seen.

    Args:
        rng: draws everything.
        kind: one of `STORIES`.
        seconds: length of the clip.
        onset_s: when the hazard begins.
        size: width and height in pixels.

    Raises:
        InputError: if no scene of this seed will do.
    """
    for _ in range(_TRIES):
        story = _draft(rng, kind, seconds, onset_s, size)
        if _is_clear(story):
            return story
    raise InputError(
        f"no scene of this seed shows {kind} clearly",
        found=f"{_TRIES} scenes of {size[0]}x{size[1]} pixels",
        next_step="choose another seed",
    )


def _draft(
    rng: np.random.Generator, kind: str, seconds: float, onset_s: float, size: Size
) -> Story:
    scene = draw_scene(rng, size, int(rng.integers(1, 1000)))
    dark = scene.setting.daytime in (Daytime.NIGHT, Daytime.INFRARED)
    lamps = tuple(float(palette.chance(rng, 0.5)) for _ in scene.lamps)
    switched = lamps
    if kind == "quiet":
        chosen = int(rng.integers(len(lamps)))
        switched = tuple(1 - level if k == chosen else level for k, level in enumerate(lamps))
    return Story(
        kind=kind,
        scene=scene,
        look=replace(draw_look(rng, dark, scene.grey), jpeg_quality=None),
        onset_s=onset_s,
        hazard=_plan(rng, scene, kind),
        lamps=lamps,
        switched=switched,
        walks=_walks(rng, scene, kind, seconds, onset_s),
    )


def _plan(rng: np.random.Generator, scene: Scene, kind: str) -> Hazard | None:
    """Plan a hazard that starts small and grows fast, as one that is worth an alarm does."""
    height = scene.size[1]
    if kind == "fire":
        fire = plan_fire(rng, scene)
        return replace(
            fire,
            first_px=float(rng.uniform(0.12, 0.18)) * height,
            last_px=float(rng.uniform(0.55, 0.75)) * height,
            growth_s=float(rng.uniform(1.6, 2.4)),
            breadth=float(rng.uniform(0.7, 1.0)),
            heat=max(fire.heat, 0.95),
            pixels_per_m=max(fire.pixels_per_m, 0.25 * height),
        )
    if kind == "smoke":
        smoke = plan_smoke(rng, scene)
        return replace(
            smoke,
            thickness=max(smoke.thickness, 1.1),
            growth_s=float(rng.uniform(1.8, 3.0)),
            smoke_px=float(rng.uniform(0.22, 0.32)) * height,
            pixels_per_m=max(smoke.pixels_per_m, 0.22 * height),
        )
    return None


def _walks(
    rng: np.random.Generator, scene: Scene, kind: str, seconds: float, onset_s: float
) -> tuple[Walk, ...]:
    """Let people by all through a quiet story, and before the onset in one other out of two."""
    walks = []
    latest = seconds if kind == "quiet" else onset_s
    begins = float(rng.uniform(0.0, 2.0))
    if kind != "quiet" and palette.chance(rng, 0.5):
        return ()
    while begins + 2.0 < latest:
        ends = min(begins + float(rng.uniform(4.0, 8.0)), latest)
        walks.append(Walk(draw_person(rng, scene.place == "room"), begins, ends))
        begins = ends + float(rng.uniform(0.5, 5.0))
    return tuple(walks)


def _is_clear(story: Story) -> bool:
    """Tell whether the hazard covers enough of the picture soon after its onset."""
    if story.hazard is None:
        return True
    rng = np.random.default_rng(0)
    for after_s in CLEAR_AFTER_S:
        shot = story.shot(story.onset_s + after_s, rng)
        share = shot.flame_share if story.hazard.burns else shot.smoke_share
        if share < CLEAR_SHARE:
            return False
    return True
