"""The `retrain` command."""

import os
from pathlib import Path

import click

from edge.contract.preprocess import Fit
from training.backbone import CUTS
from training.precision import Precision


def default_bottleneck_dir() -> Path:
    """Return where bottlenecks are kept when the caller does not say."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "emberwatch" / "bottlenecks"


@click.command("retrain")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The run folder to write."
)
@click.option(
    "--groups",
    type=click.Path(path_type=Path),
    help="TSV file with columns `file` and `group`: pictures of one scene, kept on one side of "
    "the split. Without it, frames of one scene land on both sides and the figures flatter.",
)
@click.option(
    "--site-frames",
    type=click.Path(path_type=Path),
    help="Folder of pictures of the camera's own view with nothing wrong: they train as "
    "--negative and are never tested on. A cure for false alarms of a fixed camera.",
)
@click.option(
    "--negative", default="misc", show_default=True, help="The class that site frames belong to."
)
@click.option(
    "--weights",
    metavar="FILE|imagenet|starter",
    help="Inception v3 weights: a Keras file (full, without top, or cut at a block), Keras's "
    "own download, or the small starter that is shipped. Default: Keras's own if it can be "
    "had within ten seconds, else the starter.",
)
@click.option(
    "--cut",
    type=click.Choice(CUTS),
    help="The block whose features are used. Default: the deepest that the weights have.",
)
@click.option(
    "--precision",
    type=click.Choice(["auto", "float32", "bf16"]),
    default="auto",
    show_default=True,
    help="Numbers that bottlenecks are computed in. auto: bf16 where the processor has it, "
    "which takes half the time and changes features by about 1% (docs/decisions/training.md).",
)
@click.option("--steps", type=click.IntRange(1), default=4000, show_default=True)
@click.option(
    "--learning-rate", type=click.FloatRange(0, min_open=True), default=0.001, show_default=True
)
@click.option("--batch-size", type=click.IntRange(1), default=100, show_default=True)
@click.option(
    "--testing", type=float, default=10.0, show_default=True, help="Percentage held out to test."
)
@click.option(
    "--validation", type=float, default=10.0, show_default=True, help="Percentage to validate."
)
@click.option(
    "--fit",
    type=click.Choice(["squash", "crop"]),
    default="squash",
    show_default=True,
    help="Squash the whole picture into the square input, or crop its middle.",
)
@click.option(
    "--bottleneck-dir",
    type=click.Path(path_type=Path),
    help="Where features are cached. Default: emberwatch/bottlenecks in the user's cache.",
)
@click.option(
    "--leave-one-group-out",
    is_flag=True,
    help="Also train once without each group and test on it: accuracy in scenes never seen.",
)
@click.option("--seed", type=int, default=0, show_default=True)
def retrain_command(
    dataset: Path,
    out: Path,
    groups: Path | None,
    site_frames: Path | None,
    negative: str,
    weights: str | None,
    cut: str | None,
    precision: Precision,
    steps: int,
    learning_rate: float,
    batch_size: int,
    testing: float,
    validation: float,
    fit: Fit,
    bottleneck_dir: Path | None,
    leave_one_group_out: bool,
    seed: int,
) -> None:
    """Train a classifier on DATASET, a folder with one folder of pictures for each class.

    \b
    emberwatch retrain photos/ --out runs/first
    emberwatch retrain photos/ --groups scenes.tsv --out runs/honest

    Features are cached by picture content: interrupt it whenever you like and run the same
    command again. Unreadable pictures are listed and skipped.
    """
    from converter.quiet_tensorflow import load_tensorflow
    from training.head import HeadOptions
    from training.narrator import Narrator
    from training.options import RetrainOptions
    from training.pipeline import retrain

    options = RetrainOptions(
        dataset=dataset,
        out=out,
        bottleneck_dir=bottleneck_dir or default_bottleneck_dir(),
        groups=groups,
        site_frames=site_frames,
        negative=negative,
        weights=weights,
        cut=cut,
        precision=precision,
        fit=fit,
        testing_percentage=testing,
        validation_percentage=validation,
        head=HeadOptions(steps, learning_rate, batch_size, seed=seed),
        leave_one_group_out=leave_one_group_out,
    )
    narrator = Narrator()
    load_tensorflow()
    retrain(options, narrator)
    narrator.say(f"Wrote {out}. Next: emberwatch convert {out}")
