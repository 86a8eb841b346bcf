"""Table: a benchmark for the terminal."""

from collections.abc import Iterator, Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from converter.benchmark.benchmark import Benchmark, refusals
from converter.benchmark.pictures import left_out_words
from converter.benchmark.timing import Timing
from converter.benchmark.verdict import p_text, verdicts
from converter.statistics import Figures

NOTHING = "-"
# More classes than this do not fit beside each other.
MOST_RECALLS = 6
SHOWN_LEFT_OUT = 3
MOST_COLUMNS = 400


def show(benchmark: Benchmark, console: Console) -> None:
    """Print a benchmark: its table, what the figures mean, and what was left out."""
    tables = [_main(benchmark), _classes(benchmark)]
    if benchmark.compared:
        tables.append(_drift(benchmark))
    timings = [
        (benchmark.name(recipe, one), timing)
        for recipe, one in benchmark.rows
        for timing in one.timings
    ]
    if timings:
        tables.append(_speed(timings))
    for table in tables:
        # A figure that is cut off is no figure: rather a line that is too long.
        wide = console.options.update(max_width=MOST_COLUMNS)
        console.width = max(console.width, console.measure(table, options=wide).maximum)
        console.print(table)
        console.print()
    for line in _notes(benchmark):
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def _main(benchmark: Benchmark) -> Table:
    title = f"{benchmark.pictures} test pictures, {benchmark.source}"
    same = "same as\nfloat" if benchmark.keras_sha256 else "same as\nreference"
    table = _table(
        title, "model", "accuracy", "95%\ninterval", "lost,\ngained", "p", same, "MB", "ms"
    )
    if benchmark.keras_sha256:
        accuracy = benchmark.reference.accuracy
        table.add_row(
            *(benchmark.reference_name, accuracy.percent(), accuracy.percent_interval("-")),
            *(NOTHING, NOTHING, NOTHING, f"{benchmark.keras_bytes / 1e6:.1f}", NOTHING),
        )
    for recipe, one in benchmark.rows:
        accuracy, compared = one.figures.accuracy, one.agreement.of > 0
        table.add_row(
            benchmark.name(recipe, one),
            accuracy.percent(),
            accuracy.percent_interval("-"),
            f"{one.lost}, {one.gained}" if compared else NOTHING,
            p_text(one.difference.p_value),
            one.agreement.percent(),
            f"{one.size_bytes / 1e6:.1f}",
            _ms(one.median_ms, one.throttled),
        )
    for result in benchmark.results:
        if result.measured is None:
            table.add_row(result.recipe, "refused", *[""] * 6)
    return table


def _classes(benchmark: Benchmark) -> Table:
    """Return balanced accuracy, and recall by class where there are few classes."""
    rows: list[tuple[str, Figures]] = []
    if benchmark.keras_sha256:
        rows.append((benchmark.reference_name, benchmark.reference))
    rows += [(benchmark.name(recipe, one), one.figures) for recipe, one in benchmark.rows]
    labels = [label for label, share in rows[0][1].recall.items() if share.of] if rows else []
    few = labels if len(labels) <= MOST_RECALLS else []
    recalls = [f"recall\n{label}" for label in few]
    table = _table("by class", "model", "balanced\naccuracy", "95%\ninterval", *recalls)
    for name, figures in rows:
        table.add_row(
            name,
            _percent(figures.balanced_accuracy),
            _interval(figures.balanced_interval),
            *(figures.recall[label].percent() for label in few),
        )
    return table


def _drift(benchmark: Benchmark) -> Table:
    table = _table(
        "scores, held against the reference's",
        *("model", "mean\nchange", "largest\nchange", "KL,\nnats"),
        *("calibration\nerror", "before"),
    )
    for recipe, one in benchmark.rows:
        if one.drift:
            drift = one.drift
            table.add_row(
                benchmark.name(recipe, one),
                *(f"{drift.mean_difference:.4f}", f"{drift.largest_difference:.3f}"),
                *(f"{drift.kl_nats:.5f}", f"{drift.ece_after:.3f}", f"{drift.ece_before:.3f}"),
            )
    return table


def _speed(timings: Sequence[tuple[str, Timing]]) -> Table:
    energy = ["mJ"] if any(one.joules is not None for _, one in timings) else []
    table = _table(
        "one picture in the model alone",
        *("model", "threads", "XNN-\nPACK", "median\nms", "p95\nms", "load\nms", "peak\nMB"),
        *("parts,\nleft", *energy),
    )
    for name, one in timings:
        parts = NOTHING if one.partitions is None else f"{one.partitions}, {one.left_over}"
        table.add_row(
            *(name, str(one.threads), "on" if one.xnnpack else "off"),
            *(_ms(one.median_ms, one.throttled), _ms(one.p95_ms, one.throttled)),
            *(f"{one.load_ms:.0f}", f"{one.peak_bytes / 1e6:.0f}", parts),
            *(NOTHING if one.joules is None else f"{1e3 * one.joules:.0f}" for _ in energy),
        )
    return table


def _notes(benchmark: Benchmark) -> Iterator[str]:
    said: dict[str, list[str]] = {}
    for verdict in verdicts(benchmark):
        if verdict.measured.agreement.of:
            said.setdefault(f"{verdict.cost}. {verdict.proof}", []).append(verdict.name)
    yield from (f"{'; '.join(names)}: {words}" for words, names in said.items())
    if any(timing.throttled for _, one in benchmark.rows for timing in one.timings):
        yield "~struck through~: the machine throttled meanwhile, so that time is no result"
    runtimes = ", ".join(benchmark.runtimes) or "no runtime"
    where = f" on {benchmark.machine.words}" if benchmark.machine else ""
    yield f"{'float: TensorFlow; the others: ' if benchmark.keras_sha256 else ''}{runtimes}{where}"
    if benchmark.machine and benchmark.machine.warning:
        yield benchmark.machine.warning
    yield from refusals(benchmark.results)
    yield from benchmark.untimed
    yield from (f"not read: {problem}" for problem in benchmark.unreadable)
    if benchmark.left_out:
        yield left_out_words(benchmark.left_out)
        yield from (f"left out: {line}" for line in benchmark.left_out[:SHOWN_LEFT_OUT])


def _table(title: str, *columns: str) -> Table:
    table = Table(
        title=title or None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        padding=(0, 1, 0, 0),
    )
    for name in columns:
        table.add_column(name, justify="left" if name == "model" else "right", no_wrap=True)
    return table


def _ms(ms: float, throttled: bool) -> Text:
    # Struck through by signs too: a file has no style.
    return Text(f"~{ms:.1f}~", style="strike") if throttled else Text(f"{ms:.1f}")


def _percent(share: float | None) -> str:
    return NOTHING if share is None else f"{100 * share:.1f}%"


def _interval(ends: tuple[float, float] | None) -> str:
    return NOTHING if ends is None else f"{100 * ends[0]:.1f}-{100 * ends[1]:.1f}%"
