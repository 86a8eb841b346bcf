"""The flags of TensorFlow for Poets' retrain.py, in its spelling, as click options."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from training.verbosity import level_of

PATH = click.Path(path_type=Path)


class PoetsCommand(click.Command):
    """A command whose flags may be shortened as argparse allowed, where that is unambiguous."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write shortened flags out in full."""
        names = sorted(name for param in self.params for name in param.opts)
        return super().parse_args(ctx, [_in_full(argument, names) for argument in args])


def _in_full(argument: str, names: list[str]) -> str:
    flag, equals, value = argument.partition("=")
    flag = flag.replace("-", "_").replace("__", "--", 1) if flag.startswith("--") else flag
    meant = [name for name in names if name.startswith(flag)]
    if flag.startswith("--") and len(flag) > 2 and flag not in names and len(meant) == 1:
        return meant[0] + equals + value
    return argument


def poets_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add retrain.py's flags to a function that takes them by name."""
    for option in reversed(_options()):
        command = option(command)
    return command


def _options() -> list[Any]:
    return [*_files(), *_training(), *_evaluation(), *_distortions(), *_network(), *_talk()]


def _files() -> list[Any]:
    def path(name: str, words: str, **more: Any) -> Any:
        return click.option(name, type=PATH, help=words, **more)

    shown = {"show_default": True}
    return [
        path("--image_dir", "Folder with one folder of pictures for each class.", required=True),
        path(
            "--output_graph",
            "The classifier to write: .pb frozen graph, .keras, .tflite (8 bits), or a folder for "
            "a SavedModel.",
            default="output_graph.pb",
            **shown,
        ),
        path(
            "--output_labels",
            "Labels to write, one a line.",
            default="output_labels.txt",
            **shown,
        ),
        path("--saved_model_dir", "Folder to write a SavedModel to, beside the output graph."),
        path("--bottleneck_dir", "Where features are cached."),
        path("--summaries_dir", "Folder for TensorBoard; earlier runs in it are kept."),
        path(
            "--intermediate_output_graphs_dir",
            "Folder for graphs of the head half trained. Default: beside the output graph.",
        ),
        click.option(
            "--intermediate_store_frequency",
            type=click.IntRange(0),
            default=0,
            show_default=True,
            help="Steps between two of them; 0 for none.",
        ),
        path("--checkpoint_path", "File to write the head to, as it is and as it ends."),
    ]


def _training() -> list[Any]:
    return [
        _count("--how_many_training_steps", 4000, "Batches to train on."),
        click.option(
            "--learning_rate",
            type=click.FloatRange(0, min_open=True),
            default=0.001,
            show_default=True,
            help="Of Adam; the script of old used plain descent at 0.01.",
        ),
        _count("--train_batch_size", 100, "Pictures in a batch."),
        _count("--eval_step_interval", 200, "Steps between two lines of progress."),
    ]


def _evaluation() -> list[Any]:
    return [
        _percentage("--testing_percentage", 10, "Held out to test."),
        _percentage("--validation_percentage", 10, "Held out to validate."),
        _batch("--test_batch_size", "Test on so many pictures; -1 for all of them."),
        _batch("--validation_batch_size", "Validate on so many; -1 for all of them."),
        _switch("--print_misclassified_test_images", "List test pictures that were mistaken."),
    ]


def _distortions() -> list[Any]:
    return [
        _switch("--flip_left_right", "Also train on pictures flipped half of the time."),
        _percentage("--random_crop", 0, "Also train on pictures cropped by up to this."),
        _percentage("--random_scale", 0, "Also train on pictures enlarged by up to this.", 1000),
        _percentage("--random_brightness", 0, "Also train on pictures lit up or down by this."),
    ]


def _network() -> list[Any]:
    return [
        click.option(
            "--tfhub_module",
            default="inception_v3",
            show_default=True,
            help="A backbone's name, or the path of your own: a .keras file or a SavedModel.",
        ),
        click.option("--model_dir", type=PATH, help="Folder with a weights file (.h5) for it."),
        click.option(
            "--final_tensor_name",
            default="final_result",
            show_default=True,
            help="Name of the scores in the frozen graph.",
        ),
    ]


def _talk() -> list[Any]:
    return [
        click.option(
            "--logging_verbosity",
            callback=level_of,
            metavar="DEBUG|INFO|WARN|ERROR|FATAL",
            default="INFO",
            show_default=True,
            help="How much to say.",
        )
    ]


def _count(name: str, default: int, words: str) -> Any:
    return click.option(
        name, type=click.IntRange(1), default=default, show_default=True, help=words
    )


def _percentage(name: str, default: float, words: str, most: float = 100) -> Any:
    return click.option(
        name,
        type=click.FloatRange(0, most),
        default=default,
        show_default=True,
        help=words,
        metavar="PERCENT",
    )


def _batch(name: str, words: str) -> Any:
    def check(_ctx: click.Context, param: click.Parameter, value: int) -> int:
        if value == 0:
            raise click.BadParameter("0 pictures give no figure; -1 takes all", param=param)
        return value

    return click.option(
        name,
        type=click.IntRange(-1),
        default=-1,
        show_default=True,
        help=words,
        callback=check,
    )


def _switch(name: str, words: str) -> Any:
    """Return a flag that may stand bare or with a value, as TensorFlow's flags did."""
    return click.option(
        name,
        type=click.BOOL,
        is_flag=False,
        flag_value=True,
        default=False,
        metavar="[true|false]",
        help=words,
    )
