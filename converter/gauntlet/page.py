"""Page: the gauntlet as one self-contained HTML page, with pictures before and after."""

import base64
import io
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from converter.gauntlet.certificate import DEFAULT_MAX_NUISANCE_POINTS, Tried
from converter.gauntlet.conditions import CONDITIONS, Condition
from converter.gauntlet.gauntlet import Gauntlet, Showing
from converter.page_template import page_template
from edge.contract import atomic

PAGE_FILE = "gauntlet.html"
TEMPLATE = "gauntlet.html"
THUMBNAIL = 260
MOST_WORST = 12
MOST_WORST_OF_A_STEP = 2


@dataclass(frozen=True)
class Shot:
    """A picture as it was shown, small, as a data address, and what the model said of it.

    `score` is of the answer, in [0, 1]; `wrong` says whether the alarm came for nothing or
    stayed away.
    """

    source: str
    title: str
    truth: str
    answer: str
    score: float
    wrong: bool


@dataclass(frozen=True)
class Example:
    """A condition with its figures, and pictures plain and in each of its steps."""

    condition: Condition
    steps: tuple[Tried, ...]
    rows: tuple[tuple[Shot, ...], ...]


def write_page(gauntlet: Gauntlet, folder: Path) -> Path:
    """Write FOLDER/gauntlet.html atomically and return its path.

    The page loads nothing from anywhere: styles and pictures are in it.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    path = folder / PAGE_FILE
    atomic.write_text(path, render_page(gauntlet))
    return path


def render_page(gauntlet: Gauntlet) -> str:
    """Return the page."""
    certificate = gauntlet.certificate
    checks = list(certificate.checks(advisory=False))
    return page_template("converter.gauntlet", TEMPLATE).render(
        subject=gauntlet.subject,
        certificate=certificate,
        plain=certificate.plain,
        examples=[example for one in CONDITIONS if (example := _example(gauntlet, one))],
        worst=_worst(gauntlet),
        checks=checks,
        failed=[check for check in checks if not check.passed],
        limit=DEFAULT_MAX_NUISANCE_POINTS,
        left_out=gauntlet.exhibits.left_out,
    )


def _example(gauntlet: Gauntlet, condition: Condition) -> Example | None:
    """Return a condition with the normal picture and the hazard that it changed most."""
    showings = [one for one in gauntlet.showings if one.condition is condition]
    if not showings:
        return None
    tried = [one for one in gauntlet.certificate.tried if one.condition == condition.name]
    quiet = gauntlet.subject.negative
    shown = gauntlet.exhibits.shown
    normal = [at for at in showings[0].places if shown[at].label == quiet]
    hazards = [at for at in showings[0].places if shown[at].label != quiet]
    picked = [max(normal, key=lambda at: _alarm(gauntlet, showings, at))]
    if hazards:
        picked.append(min(hazards, key=lambda at: _alarm(gauntlet, showings, at)))
    rows = [[_shot(gauntlet, one, at) for one in (gauntlet.plain, *showings)] for at in picked]
    return Example(condition, tuple(tried), tuple(map(tuple, rows)))


def _alarm(gauntlet: Gauntlet, showings: list[Showing], place: int) -> float:
    """Return by how much the steps together raised a picture's hazard score over its plain one."""
    before = _hazard_score(gauntlet, gauntlet.plain, place)
    return sum(_hazard_score(gauntlet, one, place) - before for one in showings)


def _hazard_score(gauntlet: Gauntlet, showing: Showing, place: int) -> float:
    scores = showing.scores[showing.places.index(place)]
    return 1.0 - float(scores[gauntlet.subject.labels.index(gauntlet.subject.negative)])


def _worst(gauntlet: Gauntlet) -> list[Shot]:
    """Return the surest false alarms under a condition, at most two of a step."""
    quiet, shown = gauntlet.subject.negative, gauntlet.exhibits.shown
    found = [
        (_hazard_score(gauntlet, showing, place), showing, place)
        for showing in gauntlet.showings
        if showing.condition and showing.condition.judged
        for place in showing.places
        if shown[place].label == quiet
    ]
    taken: Counter[tuple[str, str]] = Counter()
    seen: Counter[int] = Counter()
    shots: list[Shot] = []
    for _, showing, place in sorted(found, key=lambda one: -one[0]):
        if len(shots) == MOST_WORST:
            break
        if taken[showing.key] == MOST_WORST_OF_A_STEP or seen[place] == MOST_WORST_OF_A_STEP:
            continue
        shot = _shot(gauntlet, showing, place)
        if shot.wrong:
            taken[showing.key] += 1
            seen[place] += 1
            shots.append(shot)
    return shots


def _shot(gauntlet: Gauntlet, showing: Showing, place: int) -> Shot:
    subject, exhibit = gauntlet.subject, gauntlet.exhibits.shown[place]
    scores = showing.scores[showing.places.index(place)]
    at = int(scores.argmax())
    answer = subject.labels.names[at]
    condition, step = showing.key
    return Shot(
        source=_data_address(Image.fromarray(gauntlet.picture(showing, place))),
        title=f"{condition}: {step}" if condition else "plain",
        truth=exhibit.label,
        answer=answer,
        score=float(scores[at]),
        wrong=(answer == subject.negative) != (exhibit.label == subject.negative),
    )


def _data_address(image: Image.Image) -> str:
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
