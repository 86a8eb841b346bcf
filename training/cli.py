"""The `retrain` command."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from edge.contract.errors import InputError
from training.retrain_flags import retrain_flags

if TYPE_CHECKING:
    from training.options import RetrainOptions
    from training.progress_files import ProgressFiles


def default_bottleneck_dir() -> Path:
    """Return where bottlenecks are kept when the caller does not say."""
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches) / "emberwatch" / "bottlenecks"


@click.command("retrain")
@retrain_flags
def retrain_command(**given: Any) -> None:
    """Train a classifier on DATASET, a folder with one folder of pictures for each class.

    \b
    emberwatch retrain photos/ --out runs/first
    emberwatch retrain photos/ --groups scenes.tsv --leave-one-group-out --out runs/honest
    emberwatch retrain photos/ --site-frames yard-empty/ --out runs/yard

    The pictures are audited first (emberwatch audit says more). Features are cached by picture
    content: interrupt it whenever you like and run the same command again. Unreadable pictures
    are listed and skipped. RUN/report.html says what to expect of the result.
    """
    from converter.quiet_tensorflow import load_tensorflow
    from training.exported import check_export, export
    from training.misclassified import misclassified_text
    from training.narrator import Narrator
    from training.pipeline import retrain

    output, listed = given.pop("output"), given.pop("print_misclassified")
    if output:
        check_export(output)
    files = _files(given)
    options = _options(given)
    narrator = Narrator()
    load_tensorflow()
    model = retrain(options, narrator, files)
    if listed:
        narrator.say(misclassified_text(model))
    if output:
        narrator.say(f"Wrote {output} ({export(output, model)})")
    narrator.say(f"Wrote {options.out}: open {options.out / 'report.html'}")
    narrator.say(f"Next: emberwatch convert {options.out}")


def _files(given: dict[str, Any]) -> "ProgressFiles":
    from training.progress_files import ProgressFiles

    folder, every = given.pop("intermediate_graphs_dir"), given.pop("intermediate_store_frequency")
    if bool(every) != bool(folder):
        raise InputError(
            "--intermediate-graphs-dir says where to, --intermediate-store-frequency how often",
            found="one of them",
            expected="both or neither",
        )
    return ProgressFiles(
        summaries=given.pop("summaries_dir"),
        graphs=folder,
        graph_steps=every,
        checkpoint=given.pop("checkpoint"),
    )


def _options(given: dict[str, Any]) -> "RetrainOptions":
    from training.cluster import Cluster
    from training.head import HeadOptions
    from training.options import RetrainOptions

    head = HeadOptions(
        steps=given.pop("steps"),
        learning_rate=given.pop("learning_rate"),
        batch_size=given.pop("batch_size"),
        eval_interval=given.pop("eval_interval"),
        seed=given.pop("seed"),
        hidden=given.pop("hidden"),
        label_smoothing=given.pop("label_smoothing"),
        sampling=given.pop("sampling"),
    )
    address, workers = given.pop("cluster"), given.pop("cluster_workers")
    return RetrainOptions(
        bottleneck_dir=given.pop("bottleneck_dir") or default_bottleneck_dir(),
        testing_percentage=given.pop("testing"),
        validation_percentage=given.pop("validation"),
        head=head,
        cluster=Cluster(address, workers) if address else None,
        **given,
    )
