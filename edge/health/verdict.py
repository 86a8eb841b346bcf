"""verdict: which fault one frame's figures show, if any."""

from edge.health.facts import FrameFacts
from edge.health.settings import HealthSettings

# A fault that was told holds until the figures are this much better than what raised it.
RELIEF = 1.5
# Under this share of cells with edges a picture shows nothing, whatever the scene.
NOTHING = 0.01
# A defocused camera still sees light and dark where they were; smoke and fog move them.
SAME_LAYOUT = 0.6
# A moved camera sees another scene; where there are hardly any edges, it is something else.
OTHER_DETAIL = 0.05
SWAPPED_COLOURS = -0.6
STILL_SWAPPED = -0.4

PROBLEMS = {
    "camera-black": "the picture is black: is the lens capped, or is there no light at all?",
    "camera-white": "the picture is white: does something shine into the lens?",
    "camera-covered": "the picture shows nothing: is the lens covered?",
    "camera-defocused": "the picture is out of focus, or the lens is smeared or fogged",
    "camera-moved": "the camera looks at another scene than before: put it back, or accept "
    "what it sees now as its reference",
    "camera-colours": "red and blue have changed places in the picture",
    "camera-frozen": "the picture does not change at all, not even by noise",
    "camera-stalled": "no picture comes from the camera",
    "camera-lost": "too many frames cannot be read",
    "camera-rate": "the camera gives frames at another rate than it was asked for",
}


def verdict(facts: FrameFacts, settings: HealthSettings, held: str | None = None) -> str | None:
    """Return the fault that the figures show, the gravest first; None for a good picture.

    `held` is the fault that was told already: it ends only when the figures are clearly better.
    """
    for fault, shown in (
        ("camera-black", _black),
        ("camera-white", _white),
        ("camera-covered", _covered),
        ("camera-defocused", _defocused),
        ("camera-moved", _moved),
        ("camera-colours", _colours),
        ("camera-frozen", _frozen),
    ):
        if fault not in settings.ignore and shown(facts, settings, held == fault):
            return fault
    return None


def _black(facts: FrameFacts, settings: HealthSettings, held: bool) -> bool:
    return facts.highlight < settings.black_below * (RELIEF if held else 1)


def _white(facts: FrameFacts, settings: HealthSettings, held: bool) -> bool:
    return facts.clipped >= settings.white_share / (RELIEF if held else 1)


def _covered(facts: FrameFacts, settings: HealthSettings, held: bool) -> bool:
    relief = RELIEF if held else 1
    if facts.kept is None:
        return facts.detail < NOTHING * relief
    return facts.kept < settings.covered_below * relief


def _defocused(facts: FrameFacts, settings: HealthSettings, held: bool) -> bool:
    if facts.focus is None or facts.layout is None or facts.layout < SAME_LAYOUT:
        return False
    return facts.focus < settings.defocus_below * (RELIEF if held else 1)


def _moved(facts: FrameFacts, settings: HealthSettings, held: bool) -> bool:
    if facts.likeness is None or facts.detail < OTHER_DETAIL:
        return False
    return facts.likeness < settings.moved_below * (RELIEF if held else 1)


def _colours(facts: FrameFacts, _: HealthSettings, held: bool) -> bool:
    if facts.colours is None:
        return False
    return facts.colours < (STILL_SWAPPED if held else SWAPPED_COLOURS)


def _frozen(facts: FrameFacts, settings: HealthSettings, _: bool) -> bool:
    return facts.identical or 0 < facts.change < settings.frozen_change
