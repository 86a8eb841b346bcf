"""The `label` command: pictures in, class names with scores out."""

import json
from collections.abc import Iterator
from pathlib import Path

import click

from edge.contract.errors import InputError, PictureError
from edge.contract.picture import is_picture_name, read_picture
from edge.contract.preprocess import Fit
from edge.inference.model_options import model_file, model_options
from edge.inference.prediction import Frame, Prediction


@click.command("label")
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("paths", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for each picture.")
@click.option("--top", type=click.IntRange(1), help="Show only the best N classes.")
@model_options
@click.pass_context
def label_command(
    ctx: click.Context,
    model: Path,
    paths: tuple[Path, ...],
    as_json: bool,
    top: int | None,
    labels: Path | None,
    fit: Fit,
    input_mean: float | None,
    input_std: float | None,
    threads: int,
    runtime: str | None,
) -> None:
    """Classify pictures, or every picture in a folder and below it.

    MODEL is a bundle (.ember), or any TFLite image classifier with --labels.

    \b
    emberwatch label fire.ember yard.jpg
    emberwatch label fire.ember stills/ --json
    emberwatch label mobilenet.tflite --labels imagenet.txt cat.jpg --top 5

    A picture that cannot be read is reported; the others are still classified, and the
    exit code is then 2.
    """
    classifier = model_file(model, labels, fit, input_mean, input_std).classifier(threads, runtime)
    problems = 0
    for number, path in enumerate(_pictures(paths)):
        try:
            prediction = classifier.classify(Frame(read_picture(path), 0.0, number))
        except PictureError as error:
            problems += 1
            click.echo(f"error: {error.line()}", err=True)
            continue
        click.echo(_as_json(path, prediction) if as_json else _as_text(path, prediction, top))
    if problems:
        ctx.exit(PictureError.exit_code)


def _pictures(paths: tuple[Path, ...]) -> Iterator[Path]:
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(p for p in path.rglob("*") if p.is_file() and is_picture_name(p))
        if not inside:
            raise InputError(
                f"{path} holds no pictures", expected=".jpg, .png, .webp or .bmp files"
            )
        yield from inside


def _as_text(path: Path, prediction: Prediction, top: int | None) -> str:
    lines = [f"{name} (score = {score:.5f})" for name, score in prediction.ranked()[:top]]
    return "\n".join([click.format_filename(path), *lines, ""])


def _as_json(path: Path, prediction: Prediction) -> str:
    scores = {name: round(score, 6) for name, score in prediction.ranked()}
    best = next(iter(scores))
    # A name that is no UTF-8 is shown with a mark in place of its odd bytes.
    shown = click.format_filename(path)
    record = {"path": shown, "label": best, "score": scores[best], "scores": scores}
    return json.dumps(record, ensure_ascii=False)
