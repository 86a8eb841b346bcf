"""TensorFlow for Poets' own command, with its flags: `python training/retrain.py --image_dir ...`.

The work is done by the same pipeline as `emberwatch retrain`; what is added is the old
spelling, the outputs and the labels file.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    # Run as a script, Python puts this folder first: make that the project's root instead.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import os
import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from edge.command_line import LazyCommand, LazyGroup, run
from training.poets_flags import PoetsCommand, poets_flags
from training.verbosity import LEVELS

if TYPE_CHECKING:
    from training.options import RetrainOptions
    from training.progress_files import ProgressFiles

INTERMEDIATES = "intermediate_graphs"


def poets_label(folder: str) -> str:
    """Return the label that retrain.py gave a folder: lower case, other signs to one blank.

    Unlike it, letters and digits of every alphabet stay.
    """
    return re.sub(r"[\W_]+", " ", folder.lower()).strip() or folder


def poets_labels(folders: Sequence[str]) -> list[str]:
    """Return the label of each folder; those that would become the same keep their own names."""
    labels = [poets_label(folder) for folder in folders]
    counts = Counter(labels)
    return [
        label if counts[label] == 1 else folder
        for label, folder in zip(labels, folders, strict=True)
    ]


@click.command(
    "retrain.py",
    cls=PoetsCommand,
    context_settings={"token_normalize_func": lambda s: s.replace("-", "_")},
)
@poets_flags
def poets_command(**given: Any) -> None:
    """Retrain an image classifier as TensorFlow for Poets did.

    Writes a frozen graph (JPEG bytes into DecodeJpeg/contents:0, scores out of
    final_result:0) and a labels file. The whole run, ready for `emberwatch convert`, lies in
    a folder beside the graph. docs/coming-from-poets.md has a table of the flags.
    """
    from converter.quiet_tensorflow import load_tensorflow
    from edge.contract import atomic
    from training.exported import check_export, export, load_classifier
    from training.misclassified import misclassified_text
    from training.pipeline import retrain
    from training.saved_model import check_saved_model_target, write_saved_model
    from training.verbosity import LeveledNarrator

    output_graph, saved_model_dir = given["output_graph"], given["saved_model_dir"]
    options, files = _options(given), _files(given)
    check_export(output_graph)
    if saved_model_dir:
        check_saved_model_target(saved_model_dir)
    if given["logging_verbosity"] <= LEVELS["DEBUG"]:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "0")
    load_tensorflow()
    narrator = LeveledNarrator(given["logging_verbosity"])
    model = retrain(options, narrator, files)
    if given["print_misclassified_test_images"]:
        narrator.say(misclassified_text(model))
    words = export(output_graph, model, given["final_tensor_name"])
    if saved_model_dir:
        write_saved_model(saved_model_dir, load_classifier(model), model.preprocess)
    labels = "".join(f"{name}\n" for name in poets_labels(list(model.labels)))
    atomic.write_text(given["output_labels"], labels)
    narrator.say(
        f"Wrote {output_graph} ({words}) and {given['output_labels']}; the run is in {model.folder}"
    )


def _options(given: dict[str, Any]) -> "RetrainOptions":
    """Return the pipeline's options for the flags given.

    Raises:
        InputError: a distortion is out of range.
    """
    from training.cli import default_bottleneck_dir
    from training.head import HeadOptions
    from training.options import RetrainOptions
    from training.poets_view import Distortion

    graph: Path = given["output_graph"]
    distortion = Distortion(
        given["flip_left_right"],
        given["random_crop"],
        given["random_scale"],
        given["random_brightness"],
    )
    return RetrainOptions(
        dataset=given["image_dir"],
        out=graph.with_name(f"{graph.stem}_run"),
        bottleneck_dir=given["bottleneck_dir"] or default_bottleneck_dir(),
        backbone=given["tfhub_module"],
        weights=_weights_in(given["model_dir"]),
        testing_percentage=given["testing_percentage"],
        validation_percentage=given["validation_percentage"],
        test_batch_size=given["test_batch_size"],
        validation_batch_size=given["validation_batch_size"],
        views=distortion.views(),
        # As many steps as were asked for.
        early_stop=False,
        head=HeadOptions(
            given["how_many_training_steps"],
            given["learning_rate"],
            given["train_batch_size"],
            eval_interval=given["eval_step_interval"],
        ),
    )


def _files(given: dict[str, Any]) -> "ProgressFiles":
    from training.progress_files import ProgressFiles

    graph: Path = given["output_graph"]
    beside = graph.with_name(f"{graph.stem}_{INTERMEDIATES}")
    return ProgressFiles(
        summaries=given["summaries_dir"],
        graphs=given["intermediate_output_graphs_dir"] or beside,
        graph_steps=given["intermediate_store_frequency"],
        checkpoint=given["checkpoint_path"],
        final_tensor=given["final_tensor_name"],
    )


def _weights_in(folder: Path | None) -> str | None:
    """Return the first weights file of a folder, or None for the usual choice."""
    files = sorted(folder.glob("*.h5")) if folder and folder.is_dir() else []
    return str(files[0]) if files else None


def main() -> None:
    """Run the script."""
    command = LazyCommand("training.retrain:poets_command", "Retrain.")
    group = LazyGroup({"retrain.py": command}, name="python training/retrain.py")
    sys.exit(run(group, ["retrain.py", *sys.argv[1:]]))


if __name__ == "__main__":
    main()
