"""verdict: which fault one frame's figures show, if any."""

from edge.health.facts import FrameFacts
from edge.health.settings import HealthSettings

# A fault that was told holds until the figures are this much better than what raised it.
RELIEF = 1.5
# Under this share of cells with edges a picture shows nothing, whatever the scene.
NOTHING = 0.01
# A defocused camera still sees light and dark where they were; smoke and fog move them.
SAME_LAYOUT = 0.6
# In so little light, the highlights under this of 255, a scene may be unknown for lack of it.
DIM = 45.0
# Likeness swings less than the other figures do, and people in the picture lower it.
MOVED_RELIEF = 1.25
# Colours that changed places leave the edges where they are; an explosion does not.
SAME_SCENE = 0.6
SWAPPED_COLOURS = -0.6
STILL_SWAPPED = -0.4

PROBLEMS = {
    "camera-black": "the picture is black: is the lens capped, or is there no light at all?",
    "camera-white": "the picture is white: does something shine into the lens?",
    "camera-covered": "the scene cannot be seen: is the lens covered, is there smoke or fog, or "
    "too little light?",
    "camera-defocused": "the picture is out of focus, or the lens is smeared or fogged",
    "camera-moved": "the camera looks at another scene than before: put it back, or accept "
    "what it sees now as its reference",
    "camera-colours": "red and blue have changed places in the picture",
    "camera-frozen": "the picture does not change at all, not even by noise",
    "camera-stalled": "no picture comes from the camera",
    "camera-lost": "too many frames cannot be read",
    "camera-rate": "the camera gives frames at another rate than it was asked for",
}


def verdict(
    facts: FrameFacts, settings: HealthSettings, held: str | None = None, *, sudden: bool = True
) -> str | None:
    """Return the fault that the figures show, the gravest first; None for a good picture.

    `held` is the fault that was told already: it ends only when the figures are clearly
    better. `sudden` says that the scene was known until a moment ago: a camera is moved at
    once, while smoke and fog hide a scene bit by bit.
    """
    for shown, shows in (
        ("camera-black", _black),
        ("camera-white", _white),
        ("camera-covered", _covered),
        ("camera-defocused", _defocused),
        ("camera-moved", _moved),
        ("camera-colours", _colours),
    ):
        if shows(facts, settings, held):
            hidden = not sudden or facts.highlight < DIM
            if shown == "camera-moved" and hidden and held != shown:
                return None if "camera-covered" in settings.ignore else "camera-covered"
            return None if shown in settings.ignore else shown
    return None


def _black(facts: FrameFacts, settings: HealthSettings, held: str | None) -> bool:
    return facts.highlight < settings.black_below * (RELIEF if held == "camera-black" else 1)


def _white(facts: FrameFacts, settings: HealthSettings, held: str | None) -> bool:
    return facts.clipped >= settings.white_share / (RELIEF if held == "camera-white" else 1)


def _covered(facts: FrameFacts, settings: HealthSettings, held: str | None) -> bool:
    relief = RELIEF if held == "camera-covered" else 1
    if facts.kept is None:
        return facts.detail < NOTHING * relief
    unlike = facts.likeness is None or facts.likeness < settings.moved_below
    return unlike and facts.kept < settings.covered_below * relief


def _defocused(facts: FrameFacts, settings: HealthSettings, held: str | None) -> bool:
    if facts.focus is None or facts.layout is None or facts.layout < SAME_LAYOUT:
        return False
    return facts.focus < settings.defocus_below * (RELIEF if held == "camera-defocused" else 1)


def _moved(facts: FrameFacts, settings: HealthSettings, held: str | None) -> bool:
    if facts.likeness is None:
        return False
    # What hid the scene bit by bit was told as covered.
    lost = held in ("camera-moved", "camera-covered")
    return facts.likeness < settings.moved_below * (MOVED_RELIEF if lost else 1)


def _colours(facts: FrameFacts, _: HealthSettings, held: str | None) -> bool:
    if facts.colours is None or facts.likeness is None or facts.likeness < SAME_SCENE:
        return False
    return facts.colours < (STILL_SWAPPED if held == "camera-colours" else SWAPPED_COLOURS)
