"""Gallery: the pictures whose answer changed, small, with the scores before and after."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from converter.benchmark.benchmark import Benchmark
from converter.benchmark.flips import Flip
from converter.benchmark.pictures import TestPictures
from edge.contract.errors import InputError

MOST_SHOWN = 24
MOST_MODELS = 3
THUMBNAIL = 208
QUALITY = 72


@dataclass(frozen=True)
class Bar:
    """A class's score by one model, in [0, 1]."""

    label: str
    score: float


@dataclass(frozen=True)
class Answer:
    """What one model said of a picture: its name, its answer, and the scores."""

    model: str
    answer: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True)
class Exhibit:
    """A picture whose answer changed: `source` is a data address, `answers` the reference's
    first, `more` the models beyond those shown that changed it too.
    """

    file: str
    truth: str
    kind: str
    source: str
    answers: tuple[Answer, ...]
    more: tuple[str, ...]


def exhibits(benchmark: Benchmark, pictures: TestPictures) -> list[Exhibit]:
    """Return the first pictures that changed and can still be read, the lost ones first."""
    by_file = {picture.file: picture for picture in pictures.pictures}
    flips: dict[str, list[Flip]] = {}
    for flip in benchmark.flips:
        flips.setdefault(flip.file, []).append(flip)
    rank = {"lost": 0, "gained": 1, "other": 2}
    ordered = sorted(flips.items(), key=lambda item: min(rank[flip.kind] for flip in item[1]))
    found: list[Exhibit] = []
    for file, changes in ordered:
        if len(found) == MOST_SHOWN:
            break
        try:
            source = data_address(by_file[file].read())
        except (InputError, KeyError):
            continue
        found.append(_exhibit(benchmark, file, changes, source))
    return found


def _exhibit(benchmark: Benchmark, file: str, changes: Sequence[Flip], source: str) -> Exhibit:
    first = min(changes, key=lambda flip: ("lost", "gained", "other").index(flip.kind))
    before = tuple(Bar(one.label, one.before) for one in first.scores)
    answers = [Answer(benchmark.reference_name, first.float_answer, before)]
    names = [_name(benchmark, flip) for flip in changes]
    for flip, name in list(zip(changes, names, strict=True))[:MOST_MODELS]:
        bars = tuple(Bar(one.label, one.after) for one in flip.scores)
        answers.append(Answer(name, flip.answer, bars))
    more = tuple(names[MOST_MODELS:])
    return Exhibit(file, first.truth, first.kind, source, tuple(answers), more)


def _name(benchmark: Benchmark, flip: Flip) -> str:
    for recipe, one in benchmark.rows:
        if (recipe, one.runtime) == (flip.recipe, flip.runtime):
            return benchmark.name(recipe, one)
    return flip.recipe


def data_address(rgb: Any) -> str:
    """Return a picture, uint8 [height, width, 3], small, as a data address."""
    from PIL import Image

    image = Image.fromarray(rgb)
    image.thumbnail((THUMBNAIL, THUMBNAIL))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()
