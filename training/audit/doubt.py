"""Doubt: what is to be said of labels that the other pictures speak against."""

from training.audit.finding import Exhibit, Finding, Removal, counted
from training.audit.suspect import Suspicion


def doubted_labels(found: Suspicion) -> Finding | None:
    """Return the pictures whose label is hard to believe."""
    if not found.suspects:
        return None
    return Finding(
        "suspicious_labels",
        "wrong",
        len(found.suspects),
        f"{counted(len(found.suspects), 'picture')} whose label the others speak against",
        "Look at each: some are wrong, some are rare and precious. Move the wrong ones.",
        tuple(
            Exhibit(
                one.file,
                f"in {one.label} ({one.own:.0%}), looks like {one.looks_like} ({one.other:.0%})",
            )
            for one in found.suspects
        ),
        tuple(
            Removal(one.file, f"label doubted: looks like {one.looks_like} ({one.other:.0%})")
            for one in found.suspects
        ),
    )


def odd_scenes(found: Suspicion) -> Finding | None:
    """Return the scenes that look like another class as a whole."""
    if not found.scenes:
        return None
    listed = "; ".join(
        f"{one.label} of {one.group} looks like {one.looks_like} ({one.doubted} of {one.of})"
        for one in found.scenes
    )
    return Finding(
        "odd_scenes",
        "look",
        len(found.scenes),
        f"scenes unlike all others of their class: {listed}",
        "No single label is doubted there. Either the scene is labelled wrongly as a whole, or "
        "it is what the classifier will fail on: add pictures of its like.",
    )
