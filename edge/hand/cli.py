"""The commands that talk to a running watch: status, silence, reset, test, accept-scene."""

import getpass
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

COLOURS = {"clear": "green", "pre-alarm": "yellow", "alarm": "red", "trouble": "magenta"}


def _config_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option(
        "--config",
        type=click.Path(path_type=Path),
        required=True,
        help="The configuration that the watch runs with.",
    )(command)


@click.command("status")
@_config_option
@click.option("--json", "as_json", is_flag=True, help="Print everything, as JSON.")
@click.pass_context
def status_command(ctx: click.Context, config: Path, as_json: bool) -> None:
    """Say how a running watch is.

    \b
    emberwatch-edge status --config emberwatch.toml

    The exit code is 0 when all is well, 1 in an alarm or a trouble, 5 when no watch answers.
    """
    with _client(config) as client:
        state = client.state()
    if as_json:
        click.echo(json.dumps(state.to_json(), ensure_ascii=False, indent=2))
    else:
        from edge.hand.status import status_lines

        first, *rest = status_lines(state)
        click.secho(first, fg=COLOURS.get(state.state), bold=True)
        click.echo("\n".join(rest))
    ctx.exit(1 if state.state in ("alarm", "trouble", "starting") else 0)


@click.command("silence")
@_config_option
def silence_command(config: Path) -> None:
    """Stop the siren of an alarm for now; the beacon stays, and a new rise sounds again.

    \b
    emberwatch-edge silence --config emberwatch.toml
    """
    _do(config, "silence", "silenced")


@click.command("reset")
@_config_option
def reset_command(config: Path) -> None:
    """End an alarm whose hazard is gone; a person must have looked.

    \b
    emberwatch-edge reset --config emberwatch.toml

    It is refused while the hazard is there, or while nobody can see whether it is.
    """
    _do(config, "reset", "reset")


@click.command("test")
@_config_option
@click.option("--end", is_flag=True, help="End a test before its time.")
def test_command(config: Path, end: bool) -> None:
    """Sound siren and beacon for some seconds, as in an alarm.

    \b
    emberwatch-edge test --config emberwatch.toml
    """
    _do(config, "end-test" if end else "test", "the test ended" if end else "the siren sounds")


@click.command("accept-scene")
@_config_option
def accept_scene_command(config: Path) -> None:
    """Learn the scene anew, because the camera was moved and now looks where it should.

    \b
    emberwatch-edge accept-scene --config emberwatch.toml

    Until then a camera that looks elsewhere than before is a trouble.
    """
    _do(config, "accept-scene", "the scene is being learnt anew")


def _do(config: Path, what: str, done: str) -> None:
    with _client(config) as client:
        answer = client.do(what, f"{getpass.getuser()} at {socket.gethostname()}")
    if not answer.get("durable", True):
        click.echo("warning: it is done, but could not be written down yet", err=True)
    click.echo(done)


def _client(config: Path) -> Any:
    from edge.config.config import Config
    from edge.link.address import control_path
    from edge.link.control_client import ControlClient

    return ControlClient(control_path(Config.read(config).store.folder))
