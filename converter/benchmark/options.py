"""BenchmarkOptions: the options of the `benchmark` command, in groups."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from converter.options import CALIBRATION, EDGE_PYTHON, SEED
from converter.pi_environment import RUNS

MOST_THREADS = 64
Command = TypeVar("Command", bound=Callable[..., object])


def _threads(_ctx: object, _parameter: object, text: str | None) -> tuple[int, ...] | None:
    """Read a list such as `1,2`; None where none was given."""
    if text is None:
        return None
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdigit() and 1 <= int(part) <= MOST_THREADS for part in parts):
        raise click.BadParameter(f"{text!r} is no list of numbers from 1 to 64, such as 1,2")
    return tuple(dict.fromkeys(map(int, parts)))


def _switches(_ctx: object, _parameter: object, text: str) -> tuple[bool, ...]:
    """Read a list such as `on,off`."""
    parts = [part.strip() for part in text.split(",")]
    if not set(parts) <= {"on", "off"}:
        raise click.BadParameter(f"{text!r} is none of on, off and on,off")
    return tuple(dict.fromkeys(part == "on" for part in parts))


PATH = click.Path(path_type=Path)
CONVERSION = (CALIBRATION, SEED)
WHERE = (
    EDGE_PYTHON,
    click.option(
        "--device",
        metavar="HOST",
        help="Measure on this camera, over ssh, with its own emberwatch-edge.",
    ),
    click.option(
        "--runtimes",
        type=click.Choice(["first", "all"]),
        default="first",
        show_default=True,
        help="Measure in the Pi's environment, or in every one with another runtime here.",
    ),
)
TIMING = (
    click.option(
        "--threads",
        callback=_threads,
        metavar="N,N",
        help="Threads to time with. Default: 1, 2 and 4, as far as there are cores.",
    ),
    click.option(
        "--xnnpack",
        callback=_switches,
        default="on,off",
        show_default=True,
        metavar="on,off",
        help="Time with the runtime's fast CPU backend, without it, or both.",
    ),
    click.option(
        "--runs",
        type=click.IntRange(1),
        default=RUNS,
        show_default=True,
        help="Timed runs of each setting, at least.",
    ),
)
FOREIGN = (
    click.option(
        "--model", "models", type=PATH, multiple=True, help="Any .tflite classifier; repeatable."
    ),
    click.option("--labels", type=PATH, help="For --model: class names, one a line, in its order."),
    click.option(
        "--reference",
        type=PATH,
        help="For --model: the .tflite that the others are held against. Default: the largest "
        "float one, else the first.",
    ),
    click.option(
        "--fit",
        type=click.Choice(["squash", "crop"]),
        help="For --model: pictures squashed whole (the default), or their middle cut out.",
    ),
    click.option(
        "--input-mean",
        type=float,
        help="For --model: the input is (pixel - mean) / std. Default: by its input tensor.",
    ),
    click.option("--input-std", type=float, help="See --input-mean."),
)


def with_options(options: Sequence[Callable[[Command], Command]]) -> Callable[[Command], Command]:
    """Return a decorator that adds options in the order given."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add
