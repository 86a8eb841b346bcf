"""The `events` command."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

import click

from edge.config.config import Config
from edge.contract.errors import StorageError
from edge.store.budget import read_writes
from edge.store.event import Event
from edge.store.forecast import CARD_AMPLIFICATION, CYCLES, card_life_years
from edge.store.query import WANTED_KINDS
from edge.store.reader import EventReader
from edge.store.settings import MB, StoreSettings
from edge.store.table import EventTable

NEWEST = 50
PAGE = 500
POLL_SECONDS = 1.0
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
CARDS_GB = (16, 32, 64)
LONGEST_YEARS = 20


class Since(click.ParamType[int | datetime]):
    """A number of an event, a span of time back from now (`2h`), or a date and time."""

    name = "when"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | datetime:
        """Read one."""
        text = str(value).strip()
        if text.isdecimal():
            return int(text)
        span = re.fullmatch(r"(\d+)([smhdw])", text)
        try:
            if span:
                return datetime.now(UTC) - timedelta(seconds=int(span[1]) * UNITS[span[2]])
            # Without a zone, what the clock on the wall shows.
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(
                f"{text!r} is no time; give an event's number, a span as 90m, 2h or 3d, "
                "or a date as 2026-01-31 or 2026-01-31T18:00",
                param,
                ctx,
            )


@click.command("events")
@click.option(
    "--config", type=click.Path(path_type=Path), required=True, help="The watch's configuration."
)
@click.option(
    "--since",
    type=Since(),
    metavar="WHEN",
    help="From then on: 90m, 2h, 3d, 2026-01-31, 2026-01-31T18:00; or after the event of that "
    f"number. Without it the last {NEWEST}.",
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(WANTED_KINDS),
    help="Only these, `alarm` for alarms raised; may be given several times.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--follow", is_flag=True, help="Go on with what happens from now on, until Ctrl-C.")
@click.option("--writes", is_flag=True, help="Show instead what is written to the SD card.")
def events_command(
    config: Path,
    since: int | datetime | None,
    kinds: tuple[str, ...],
    as_json: bool,
    follow: bool,
    writes: bool,
) -> None:
    """Show what happened: alarms, troubles, who did what.

    \b
    emberwatch-edge events --config emberwatch.toml
    emberwatch-edge events --config emberwatch.toml --since 2h --kind alarm --kind acknowledged
    emberwatch-edge events --config emberwatch.toml --since 1042 --json --follow

    It reads beside a running watch and without one. The exit code is 5 where there is no log
    yet or it cannot be read.
    """
    store = Config.read(config).store
    if writes:
        _show_writes(store, as_json)
        return
    reader = EventReader(store.events)
    damaged = reader.damaged()
    if damaged:
        click.echo(
            f"note: a damaged log was moved aside, and what was in it is not shown: {damaged[-1]}"
            + (f" (and {len(damaged) - 1} before it)" if len(damaged) > 1 else ""),
            err=True,
        )
    _print(_pages(reader, since, kinds, follow), as_json)


def _pages(
    reader: EventReader, since: int | datetime | None, kinds: Sequence[str], follow: bool
) -> Iterator[list[Event]]:
    after: int | datetime = 0
    if since is None:
        # Whatever its kind, the newest of now is where to go on.
        last = reader.newest(1)
        page = reader.newest(NEWEST, kinds=kinds)[::-1]
        yield page
        if not follow:
            return
        after = max([event.number for event in [*last, *page]], default=0)
    else:
        after = since
    while True:
        page = reader.since(after, kinds=kinds, limit=PAGE)
        yield page
        if page:
            after = page[-1].number
        elif not follow:
            return
        else:
            sleep(POLL_SECONDS)


def _print(pages: Iterator[list[Event]], as_json: bool) -> None:
    colour = sys.stdout.isatty()
    table, begun = EventTable(colour=colour), False
    for page in pages:
        for event in page:
            if as_json:
                click.echo(json.dumps(event.to_json(), ensure_ascii=False))
                continue
            if not begun:
                click.echo(table.head())
            begun = True
            click.echo(table.row(event))
    if not begun and not as_json:
        click.echo("nothing of that has happened")


def _show_writes(store: StoreSettings, as_json: bool) -> None:
    written = read_writes(store.writes, store.write_budget_mb_per_day * MB)
    if written is None:
        raise StorageError(
            f"nothing was counted yet in {store.writes}",
            next_step="run the watch: emberwatch-edge run --config FILE",
        )
    years = {size: card_life_years(size * 1e9, written.per_day_bytes) for size in CARDS_GB}
    if as_json:
        lives = {f"{size} GB": round(life, 1) for size, life in years.items()}
        figures = {**vars(written), "per_day_bytes": round(written.per_day_bytes)}
        click.echo(json.dumps({**figures, "card_life_years": lives}))
        return
    lives_text = ", ".join(f"{size} GB {_years(life)}" for size, life in years.items())
    click.echo(
        f"last 24 hours   {written.last_day_bytes / 1e6:.1f} MB of a budget of "
        f"{written.budget_bytes / 1e6:.0f} MB\n"
        f"on average      {written.per_day_bytes / 1e6:.1f} MB a day, over "
        f"{written.hours / 24:.1f} days of watching since {written.since[:10]}\n"
        f"a card's life   {lives_text}\n"
        f"                if its cells stand {CYCLES} cycles and it writes "
        f"{CARD_AMPLIFICATION} times what it is given: makers of SD\n"
        "                cards do not say, so this is a pessimist's guess; the rest of the "
        "system writes too"
    )


def _years(years: float) -> str:
    # Longer than its charge, its contacts or its maker last.
    return f"{years:.0f} years" if years < LONGEST_YEARS else f"over {LONGEST_YEARS} years"
