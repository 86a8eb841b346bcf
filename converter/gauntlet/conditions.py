"""Conditions: the gauntlet's named nuisances, and how each is made of a picture."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from converter.gauntlet import air, daylight, flames, lamps, lens, sensor, wall
from converter.gauntlet.light import Floats, to_light, to_rgb
from edge.contract.errors import InputError
from edge.contract.picture import Rgb

# Raised with any change of the pixels that a condition gives.
REVISION = 1

Draw = Callable[[Floats, np.random.Generator], Floats]


@dataclass(frozen=True)
class Step:
    """One strength of a condition: its name, and what draws it onto linear light."""

    name: str
    draw: Draw


@dataclass(frozen=True)
class Condition:
    """A nuisance that a camera meets.

    Attributes:
        name: as it stands in the certificate.
        about: what it is and why it fools, in a sentence.
        steps: its strengths, the milder first.
        hazards: whether recall is measured under it. Not where it hides the hazard, nor
            where it brings a flame of its own.
        judged: whether the gate holds it against a limit. A burning hearth is a fire: that it
            may burn is for a zone of the alarm rule to say, not for a classifier.
    """

    name: str
    about: str
    steps: tuple[Step, ...]
    hazards: bool = True
    judged: bool = True


CONDITIONS = (
    Condition(
        "sunset",
        "The low sun's light is as red as a fire's, and the sun itself as bright.",
        (Step("warm light", daylight.warm_light), Step("sun in view", daylight.sun_in_view)),
    ),
    Condition(
        "headlights",
        "Bright warm discs in the dark, with halos; red tail-lamps.",
        (Step("far", lamps.far_traffic), Step("near", lamps.near_headlights)),
    ),
    Condition(
        "candle",
        "A flame that nobody wants to be called for.",
        (Step("far", flames.far_candle), Step("near", flames.near_candle)),
        hazards=False,
    ),
    Condition(
        "hearth",
        "A fire where fire belongs: what a classifier says of it shows where a zone is needed.",
        (Step("embers", flames.embers), Step("burning", flames.burning_hearth)),
        hazards=False,
        judged=False,
    ),
    Condition(
        "fog",
        "Grey veils without an edge, thicker with distance.",
        (Step("thin", air.thin_fog), Step("thick", air.thick_fog)),
    ),
    Condition(
        "grey wall",
        "Nothing to see: no texture, no colour. Many models then say smoke.",
        (Step("panel", wall.panel), Step("whole", wall.whole_wall)),
        hazards=False,
    ),
    Condition(
        "steam",
        "A white plume that rises: smoke's nearest double.",
        (Step("wisps", air.wisps), Step("dense", air.dense_steam)),
    ),
    Condition(
        "night infra-red",
        "No colour, little light, noise.",
        (Step("dusk", sensor.grey_infrared), Step("diodes", sensor.lit_infrared)),
    ),
    Condition(
        "white balance",
        "The camera is balanced for other light than there is.",
        (
            Step("too cool", daylight.balanced_too_cool),
            Step("too warm", daylight.balanced_too_warm),
        ),
    ),
    Condition(
        "rain on the lens",
        "Drops bend and blur the view.",
        (Step("drops", lens.few_drops), Step("heavy", lens.heavy_rain)),
    ),
    Condition(
        "rolling flicker",
        "Lamps on the mains draw dark bands across a rolling shutter's picture.",
        (Step("weak", sensor.weak_bands), Step("strong", sensor.strong_bands)),
    ),
)


def find_condition(name: str) -> Condition:
    """Return the condition of a name.

    Raises:
        InputError: there is none.
    """
    for condition in CONDITIONS:
        if condition.name == name:
            return condition
    raise InputError(
        "no such condition",
        found=name,
        expected=", ".join(condition.name for condition in CONDITIONS),
    )


def render(condition: Condition, step: Step, rgb: Rgb, picture_sha256: str, seed: int) -> Rgb:
    """Return a picture under a condition: uint8 of the same shape [height, width, 3].

    What is drawn by chance follows from the picture's hash, the condition, its step and the
    seed alone, so that the same picture always becomes the same.
    """
    key = f"{REVISION}:{seed}:{condition.name}:{step.name}:{picture_sha256}"
    digest = hashlib.sha256(key.encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "big"))
    return to_rgb(step.draw(to_light(rgb), rng))
