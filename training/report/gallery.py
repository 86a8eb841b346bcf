"""Gallery: the most confident mistakes as small pictures, with where the model saw them."""

import base64
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from converter.calibration import read_row
from converter.trained_model import SplitRow, TrainedModel
from edge.contract.errors import EmberwatchError, InputError
from edge.contract.picture import Rgb
from edge.inference.classifier import softmax
from edge.inference.heatmap import HeatMap
from edge.inference.prediction import Prediction
from training.report.class_maps import ClassMaps
from training.report.score_table import Scored, ScoreTable

MOST_SHOWN = 12
# Frames of one scene fail alike: the first few show it, the others would hide the next scene.
MOST_OF_A_SCENE = 3
THUMBNAIL_PIXELS = 240
JPEG_QUALITY = 72


@dataclass(frozen=True)
class Mistake:
    """A wrongly answered picture; `picture` and `heat` are data addresses of JPEGs.

    `heat` shows where the model sees `heat_of`; it is empty where the model was not at hand.
    """

    row: Scored
    answer: str
    score: float
    truth_score: float
    heat_of: str
    picture: str
    heat: str


@dataclass(frozen=True)
class Gallery:
    """The worst mistakes of one source: some of `wrong` mistakes in `of` pictures.

    `notes` says which pictures could not be shown, and why.
    """

    mistakes: tuple[Mistake, ...]
    wrong: int
    of: int
    notes: tuple[str, ...]


def hang(
    trained: TrainedModel,
    table: ScoreTable,
    maps: ClassMaps | None,
    negative: str | None,
    most: int = MOST_SHOWN,
) -> Gallery:
    """Choose the worst mistakes of a table and draw them; pictures that are gone are named."""
    wrong = mistaken(table)
    rows = {row.file: row for row in trained.split}
    shown: list[Scored] = []
    thumbnails: list[Rgb] = []
    tensors: list[Rgb] = []
    notes: list[str] = []
    for scored in spread(wrong):
        if len(shown) == most:
            break
        try:
            picture = _read(trained, rows, scored)
        except InputError as error:
            notes.append(error.line())
            continue
        shown.append(scored)
        thumbnails.append(small(picture))
        tensors.append(trained.preprocess.apply(picture))
    heats, problem = _heats(trained, table, shown, tensors, maps, negative)
    mistakes = tuple(
        _mistake(table, scored, thumbnail, heat, negative)
        for scored, thumbnail, heat in zip(shown, thumbnails, heats, strict=True)
    )
    return Gallery(mistakes, len(wrong), len(table.rows), (*notes[:most], *problem))


def mistaken(table: ScoreTable) -> list[Scored]:
    """Return the wrongly answered pictures, the most confident first."""
    wrong = (table.answers != table.truth).nonzero()[0]
    return sorted(
        (table.rows[at] for at in wrong), key=lambda row: (-round(max(row.scores), 4), row.file)
    )


def spread(rows: Sequence[Scored]) -> list[Scored]:
    """Return the rows with at most a few of each scene and truth first, then the others."""
    counts: Counter[tuple[str, str]] = Counter()
    first: list[Scored] = []
    later: list[Scored] = []
    for row in rows:
        counts[row.group, row.label] += 1
        within = not row.group or counts[row.group, row.label] <= MOST_OF_A_SCENE
        (first if within else later).append(row)
    return first + later


def shown_class(truth: str, answer: str, negative: str | None) -> str:
    """Return whose heat explains a mistake: the wrong answer's.

    Of a missed hazard it is the hazard's own: "nothing" is seen everywhere, and what matters
    is whether the model looked at the fire at all.
    """
    return truth if answer == negative else answer


def small(rgb: Rgb) -> Rgb:
    """Return a picture with no side longer than a thumbnail's, uint8 [height, width, 3]."""
    import numpy as np
    from PIL import Image

    image = Image.fromarray(rgb)
    image.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
    return np.asarray(image, np.uint8)


def data_address(rgb: Rgb) -> str:
    """Return a picture as the data address of a JPEG."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode()


def _read(trained: TrainedModel, rows: dict[str, SplitRow], scored: Scored) -> Rgb:
    if scored.file not in rows:
        raise InputError(f"{scored.file} is not in the run's split")
    return read_row(trained, rows[scored.file])


def _heats(
    trained: TrainedModel,
    table: ScoreTable,
    shown: Sequence[Scored],
    tensors: Sequence[Rgb],
    maps: ClassMaps | None,
    negative: str | None,
) -> tuple[list[HeatMap | None], tuple[str, ...]]:
    """Return where each picture's class is seen, None where the model cannot be had."""
    nothing: list[HeatMap | None] = [None] * len(shown)
    if maps is None or not shown:
        return nothing, ()
    try:
        found = maps(tensors)
    except EmberwatchError as error:
        return nothing, (f"No heat maps: {error.line()}",)
    return [
        HeatMap.of(
            Prediction(trained.labels, softmax(logits.mean(axis=(0, 1))), softmax(logits), 0.0),
            [shown_class(row.label, answer_of(row, table.labels), negative)],
            trained.preprocess,
        )
        for row, logits in zip(shown, found, strict=True)
    ], ()


def answer_of(row: Scored, labels: Sequence[str]) -> str:
    """Return the class of the highest score."""
    return labels[max(range(len(labels)), key=row.scores.__getitem__)]


def _mistake(
    table: ScoreTable, row: Scored, picture: Rgb, heat: HeatMap | None, negative: str | None
) -> Mistake:
    answer = answer_of(row, table.labels)
    return Mistake(
        row=row,
        answer=answer,
        score=max(row.scores),
        truth_score=row.scores[table.labels.index(row.label)],
        heat_of=shown_class(row.label, answer, negative),
        picture=data_address(picture),
        heat=data_address(heat.over(picture)) if heat else "",
    )
