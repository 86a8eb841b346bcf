"""TensorFlow for Poets' own command, with its flags: `python training/retrain.py --image_dir ...`.

The work is done by the same pipeline as `emberwatch retrain`; what is added is the old
spelling, the frozen graph and the labels file.
"""

import sys
from pathlib import Path

if __name__ == "__main__":
    # Run as a script, Python puts this folder first: make that the project's root instead.
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import re

import click

from edge.command_line import LazyCommand, LazyGroup, run


def poets_label(folder: str) -> str:
    """Return the label that retrain.py gave a folder: lower case, other signs to one blank.

    Unlike it, letters and digits of every alphabet stay.
    """
    return re.sub(r"[\W_]+", " ", folder.lower()).strip() or folder


@click.command(
    "retrain.py", context_settings={"token_normalize_func": lambda s: s.replace("-", "_")}
)
@click.option(
    "--image_dir",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder with one folder of pictures for each class.",
)
@click.option(
    "--output_graph",
    type=click.Path(path_type=Path),
    default="output_graph.pb",
    show_default=True,
    help="Frozen graph to write.",
)
@click.option(
    "--output_labels",
    type=click.Path(path_type=Path),
    default="output_labels.txt",
    show_default=True,
    help="Labels to write, one a line.",
)
@click.option(
    "--bottleneck_dir", type=click.Path(path_type=Path), help="Where features are cached."
)
@click.option(
    "--model_dir",
    type=click.Path(path_type=Path),
    help="Folder with an Inception v3 weights file (.h5), if you have one.",
)
@click.option("--how_many_training_steps", type=click.IntRange(1), default=4000, show_default=True)
@click.option(
    "--learning_rate",
    type=click.FloatRange(0, min_open=True),
    default=0.001,
    show_default=True,
    help="Of Adam; the script of old used plain descent at 0.01.",
)
@click.option("--testing_percentage", type=float, default=10, show_default=True)
@click.option("--validation_percentage", type=float, default=10, show_default=True)
@click.option("--eval_step_interval", type=click.IntRange(1), default=200, show_default=True)
@click.option("--train_batch_size", type=click.IntRange(1), default=100, show_default=True)
@click.option("--final_tensor_name", default="final_result", show_default=True)
def poets_command(
    image_dir: Path,
    output_graph: Path,
    output_labels: Path,
    bottleneck_dir: Path | None,
    model_dir: Path | None,
    how_many_training_steps: int,
    learning_rate: float,
    testing_percentage: float,
    validation_percentage: float,
    eval_step_interval: int,
    train_batch_size: int,
    final_tensor_name: str,
) -> None:
    """Retrain Inception v3 as TensorFlow for Poets did.

    Writes a frozen graph (JPEG bytes into DecodeJpeg/contents:0, scores out of
    final_result:0) and a labels file. The whole run, ready for `emberwatch convert`, lies in
    a folder beside the graph.
    """
    from converter.quiet_tensorflow import load_tensorflow
    from edge.contract import atomic
    from training.cli import default_bottleneck_dir
    from training.frozen_graph import write_frozen_graph
    from training.head import HeadOptions
    from training.narrator import Narrator
    from training.options import RetrainOptions
    from training.pipeline import retrain

    load_tensorflow()
    import keras

    options = RetrainOptions(
        dataset=image_dir,
        out=output_graph.with_name(f"{output_graph.stem}_run"),
        bottleneck_dir=bottleneck_dir or default_bottleneck_dir(),
        weights=_weights_in(model_dir),
        testing_percentage=testing_percentage,
        validation_percentage=validation_percentage,
        head=HeadOptions(
            how_many_training_steps,
            learning_rate,
            train_batch_size,
            eval_interval=eval_step_interval,
        ),
    )
    narrator = Narrator()
    model = retrain(options, narrator)
    classifier = keras.models.load_model(model.keras_path, compile=False)
    write_frozen_graph(output_graph, classifier, model.preprocess, final_tensor_name)
    labels = "".join(f"{poets_label(name)}\n" for name in model.labels)
    atomic.write_text(output_labels, labels)
    narrator.say(f"Wrote {output_graph} and {output_labels}; the run is in {model.folder}")


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
