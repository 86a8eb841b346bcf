"""The `stopwatch` command: how fast a model is on this machine."""

import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import click

from edge.contract.errors import EmberwatchError, InputError, ModelError
from edge.inference.board_state import Board
from edge.inference.energy import EnergyMeter
from edge.inference.interpreter import installed_runtimes, runtime_version
from edge.inference.memory import Memory
from edge.inference.stopwatch import Effort, Reading, Setting, measure, measure_piece
from edge.inference.stopwatch_child import measure_apart, measure_pieces

SCHEMA = 1
COLUMNS = (
    *("threads", "XNNPACK", "median ms", "p95 ms", "first ms", "load ms"),
    *("peak MB", "parts", "left over", "mJ"),
)


def _numbers(_ctx: object, _param: object, value: str) -> tuple[int, ...]:
    """Read a list such as `1,2`: each number once, in the order given."""
    parts = value.split(",")
    if not all(part.strip().isdigit() and 1 <= int(part) <= 64 for part in parts):
        raise click.BadParameter(f"{value!r} is no list of numbers from 1 to 64, such as 1,2")
    return tuple(dict.fromkeys(int(part) for part in parts))


def _switches(_ctx: object, _param: object, value: str) -> tuple[bool, ...]:
    """Read a list such as `on,off`: True for each `on`, False for each `off`."""
    parts = [part.strip() for part in value.split(",")]
    if not set(parts) <= {"on", "off"}:
        raise click.BadParameter(f"{value!r} is none of on, off and on,off")
    return tuple(dict.fromkeys(part == "on" for part in parts))


@click.command("stopwatch")
@click.argument("model", type=click.Path(path_type=Path), required=False)
@click.option(
    "--threads",
    callback=_numbers,
    default="1",
    show_default=True,
    metavar="N,N",
    help="Such as 1,2,4.",
)
@click.option(
    "--xnnpack",
    callback=_switches,
    default="on",
    show_default=True,
    metavar="on,off",
    help="Whether the runtime may use its fast CPU backend.",
)
@click.option("--runs", type=click.IntRange(1), default=50, show_default=True, help="At least.")
@click.option(
    "--warm-up", type=click.IntRange(1), default=1, show_default=True, help="Untimed runs before."
)
@click.option(
    "--seconds", type=click.FloatRange(0), default=1.0, show_default=True, help="Timed, at least."
)
@click.option(
    "--max-seconds",
    type=click.FloatRange(0),
    default=30.0,
    help="Timed, at most.",
    show_default=True,
)
@click.option("--warm-up-seconds", type=click.FloatRange(0), default=0.5, hidden=True)
@click.option(
    "--runtime",
    type=click.Choice(["ai-edge-litert", "tflite-runtime"]),
    help="Default: the fastest one installed.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--progress", is_flag=True, help="Print a dot on stderr after each setting.")
@click.option("--here", is_flag=True, hidden=True, help="Measure in this very process.")
@click.option("--pieces", type=click.Path(path_type=Path), hidden=True)
@click.option("--skip", type=int, default=0, hidden=True)
@click.option("--root", type=click.Path(path_type=Path), default=Path("/"), hidden=True)
@click.pass_context
def stopwatch_command(
    ctx: click.Context,
    model: Path | None,
    threads: tuple[int, ...],
    xnnpack: tuple[bool, ...],
    runs: int,
    warm_up: int,
    seconds: float,
    max_seconds: float,
    warm_up_seconds: float,
    runtime: str | None,
    as_json: bool,
    progress: bool,
    here: bool,
    pieces: Path | None,
    skip: int,
    root: Path,
) -> None:
    """Time a model on this machine, each setting in a process of its own.

    MODEL is a bundle (.ember) or a .tflite file. Without MODEL the command only tells of
    the board: its runtime, its temperature, and whether it is throttled.

    \b
    emberwatch-edge stopwatch fire.ember
    emberwatch-edge stopwatch int8.tflite --threads 1,2,4 --xnnpack on,off
    emberwatch-edge stopwatch

    A run is the input copied in, the model, and its outputs copied out, as for a frame. The
    median and the 95th percentile are of at least --runs runs and --seconds, after a warm-up
    of half a second: the method of TensorFlow's benchmark_model. Peak memory is above that of
    the bare process. Parts are the pieces of the model that XNNPACK runs, and left over are
    the operators outside of them. mJ is the energy of a run, of the whole processor or board,
    where the machine tells (RAPL; Raspberry Pi 5).

    A board that was throttled meanwhile gives no result: the times are shown, and marked.
    """
    effort = Effort(runs, seconds, warm_up, warm_up_seconds, max_seconds)
    settings = [Setting(t, x, runtime) for t in threads for x in xnnpack]
    if pieces is not None and here:
        _time_pieces(pieces, skip, settings[0], effort)
    elif pieces is not None:
        click.echo(json.dumps(measure_pieces(pieces, settings[0], effort)))
    elif model is None:
        _tell_of_board(Board(root), as_json, root)
    elif here:
        parts = (Board(root), EnergyMeter(root), Memory(root))
        click.echo(json.dumps(asdict(measure(model, settings[0], effort, *parts))))
    else:
        tick = (lambda: click.echo(".", nl=False, err=True)) if progress else (lambda: None)
        ctx.exit(_time_settings(model, settings, effort, root, as_json, tick))


def _time_settings(
    model: Path,
    settings: Sequence[Setting],
    effort: Effort,
    root: Path,
    as_json: bool,
    tick: Callable[[], None],
) -> int:
    """Measure each setting and print it; return the exit code of the first failure, or 0."""
    if not model.is_file():
        raise InputError(
            f"cannot read the model {model}",
            found="no such file",
            expected="a bundle (.ember) or a .tflite file",
        )
    readings: list[Reading] = []
    failures: list[dict[str, object]] = []
    for setting in settings:
        try:
            readings.append(measure_apart(model, setting, effort, root))
        except EmberwatchError as error:
            failures.append(
                {
                    "threads": setting.threads,
                    "xnnpack": setting.xnnpack,
                    "error": error.line(),
                    "exit_code": error.exit_code,
                }
            )
            if not as_json:
                click.echo(f"error: {error.line()}", err=True)
            continue
        finally:
            tick()
        if not as_json:
            if len(readings) == 1:
                _show_title(model, readings[0])
            _show(readings[-1])
    if as_json:
        record = {"schema": SCHEMA, "model": model.name, "size_bytes": model.stat().st_size}
        record["readings"] = [asdict(reading) for reading in readings]
        click.echo(json.dumps(record | {"failures": failures}))
    elif readings:
        _show_board(readings)
    return int(str(failures[0]["exit_code"])) if failures else 0


def _show_title(model: Path, reading: Reading) -> None:
    size = f"{model.stat().st_size / 1e6:.1f} MB"
    click.echo(f"{click.format_filename(model.name)}, {size}, {reading.runtime}")
    click.echo("  ".join(COLUMNS))


def _show(reading: Reading) -> None:
    times = (reading.median_ms, reading.p95_ms, reading.first_ms, reading.load_ms)
    cells = [str(reading.threads), "on" if reading.xnnpack else "off"]
    cells += [f"{time:.2f}" for time in times]
    cells += [f"{reading.peak_bytes / 1e6:.1f}", _or_dash(reading.partitions)]
    cells += [_or_dash(reading.left_over)]
    cells += ["-" if reading.joules is None else f"{reading.joules * 1e3:.1f}"]
    row = "  ".join(cell.rjust(len(name)) for cell, name in zip(cells, COLUMNS, strict=True))
    click.echo(row + ("  throttled: no result" if reading.throttled_by else ""))


def _show_board(readings: Sequence[Reading]) -> None:
    celsius = [reading.celsius for reading in readings if reading.celsius is not None]
    if celsius:
        click.echo(f"at most {max(celsius):.1f} degrees Celsius")
    slowed = sorted({cause for reading in readings for cause in reading.throttled_by})
    if slowed:
        click.echo(
            f"the board was slowed ({', '.join(slowed)}): the marked times are no result. "
            "Next: cool it or give it a stronger supply, and measure again",
            err=True,
        )


def _tell_of_board(board: Board, as_json: bool, root: Path) -> None:
    state = board.state()
    installed = installed_runtimes()
    record = {
        "schema": SCHEMA,
        "runtime": runtime_version(installed[0]) if installed else None,
        "board": _board_name(root),
        "machine": platform.machine(),
        "celsius": state.celsius,
        "flags": state.flags,
        "slowed_by": list(state.slowed_by),
    }
    if as_json:
        click.echo(json.dumps(record))
        return
    click.echo(f"{record['board'] or 'no board name'}, {platform.machine()}")
    click.echo(f"runtime: {record['runtime'] or 'none'}")
    hot = "the machine does not tell"
    click.echo(f"temperature: {hot if state.celsius is None else f'{state.celsius:.1f} C'}")
    slowed = ", ".join(state.slowed_by) or "no"
    click.echo(f"throttled: {'the machine does not tell' if state.flags is None else slowed}")


def _board_name(root: Path) -> str:
    try:
        return (root / "proc/device-tree/model").read_text().rstrip("\0\n")
    except (OSError, UnicodeDecodeError):
        return ""


def _time_pieces(folder: Path, skip: int, setting: Setting, effort: Effort) -> None:
    """Print a line for each piece as soon as it is timed: its name, then time or trouble."""
    for path in sorted(folder.glob("*.tflite"))[skip:]:
        try:
            found: float | str = measure_piece(path.read_bytes(), setting, effort)
        except ModelError as error:
            found = error.line()
        click.echo(json.dumps([path.name, found]))


def _or_dash(number: int | None) -> str:
    return "-" if number is None else str(number)
