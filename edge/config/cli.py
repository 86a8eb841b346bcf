"""The `config` commands."""

import json
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from edge.config.config import Config
    from edge.config.keys import Key

FILE = click.argument("file", type=click.Path(path_type=Path))
WIDTH, NAME_WIDTH = 88, 26


@click.group("config")
def config_command() -> None:
    """Check, explain and show the watch's configuration.

    \b
    emberwatch-edge config example > emberwatch.toml
    emberwatch-edge config explain raise_at
    emberwatch-edge config check emberwatch.toml
    emberwatch-edge config show emberwatch.toml
    """


@config_command.command("check")
@FILE
@click.option("--json", "as_json", is_flag=True, help="Print mistakes and warnings as JSON.")
@click.pass_context
def check_command(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Tell all mistakes in FILE at once, and what is allowed but will not do.

    Files and the model's classes are looked at; no camera and no pin is opened (`doctor` does).
    Exit code 2 says that the watch would not start with it; warnings alone are 0.

    \b
    emberwatch-edge config check emberwatch.toml
    """
    from edge.config.advice import advise
    from edge.config.config import Config
    from edge.config.mistakes import mistakes
    from edge.config.part import file_text

    text = file_text(file)
    folder = file.absolute().parent
    found = [error.line() for error in mistakes(text, folder)]
    warnings: list[str] = []
    if not found:
        advice = advise(Config.from_toml(text, folder))
        found, warnings = list(advice.refused), list(advice.warnings)
    if as_json:
        click.echo(json.dumps({"mistakes": found, "warnings": warnings}, indent=2))
    else:
        _tell(file, found, warnings)
    ctx.exit(2 if found else 0)


@config_command.command("explain")
@click.argument("key", required=False)
@click.option(
    "--config",
    "file",
    type=click.Path(path_type=Path),
    help="Show the key's value in this configuration too.",
)
def explain_command(key: str | None, file: Path | None) -> None:
    """Say what KEY does, what it takes, and its default; without KEY, list all keys.

    KEY is a section (`alarm`), a key (`raise_at`) or both (`alarm.raise_at`).

    \b
    emberwatch-edge config explain
    emberwatch-edge config explain outputs
    emberwatch-edge config explain alarm.raise_at --config emberwatch.toml
    """
    from edge.config.config import Config
    from edge.config.keys import find_keys

    if key is None:
        _list()
        return
    config = None if file is None else Config.read(file)
    for number, each in enumerate(find_keys(key)):
        if number:
            click.echo()
        _explain(each, config)


@config_command.command("show")
@FILE
def show_command(file: Path) -> None:
    """Print all that is in force with FILE: its keys, and the defaults of the others.

    Secrets are never shown.
    """
    from edge.config.config import Config
    from edge.config.part import file_text
    from edge.config.shown import shown

    click.echo(shown(Config.read(file), file_text(file)), nl=False)


@config_command.command("example")
def example_command() -> None:
    """Print a commented configuration with every key.

    \b
    emberwatch-edge config example > emberwatch.toml
    """
    from edge.config.example import example_config

    click.echo(example_config(), nl=False)


def _tell(file: Path, found: Sequence[str], warnings: Sequence[str]) -> None:
    for kind, colour, lines in (("mistake", "red", found), ("warning", "yellow", warnings)):
        for line in lines:
            head = click.style(f"{kind}: ", fg=colour, bold=True)
            body = textwrap.wrap(line, WIDTH, break_long_words=False, break_on_hyphens=False)
            click.echo(head + "\n         ".join(body))
    if found:
        click.echo(f"{file}: {_number(found, 'mistake')}; the watch would not start")
    else:
        click.echo(f"{file}: no mistake, {_number(warnings, 'warning')}")


def _number(lines: Sequence[str], word: str) -> str:
    return f"{len(lines)} {word}{'' if len(lines) == 1 else 's'}"


def _list() -> None:
    from edge.config.keys import every_key

    section = ""
    for each in every_key():
        if each.section != section:
            section = each.section
            title = f"[[{section}]]" if each.many else f"[{section}]"
            click.secho(f"{title} {each.section_words}", bold=True)
        words = textwrap.wrap(each.words, WIDTH - NAME_WIDTH)
        click.echo(f"  {each.field.name:<{NAME_WIDTH}}" + f"\n{'':{NAME_WIDTH + 2}}".join(words))


def _explain(key: "Key", config: "Config | None") -> None:
    click.secho(key.name, bold=True)
    rows = [("does", key.words), ("takes", key.kind), ("range", key.range or "")]
    rows += [("default", key.default), ("example", key.example or "")]
    if config is not None:
        rows.append(("now", key.value(config)))
    for name, text in rows:
        if text:
            body = textwrap.wrap(text, WIDTH - 10, break_long_words=False)
            click.echo(f"  {name:<8}" + "\n          ".join(body))
