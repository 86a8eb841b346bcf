"""The commands `web` and `web-password`."""

import sys
from pathlib import Path

import click

from edge.web.users import ROLES

CONFIG = click.option(
    "--config",
    required=True,
    type=click.Path(path_type=Path),
    help="The configuration, in TOML.",
)


@click.command("web")
@CONFIG
@click.pass_context
def web_command(ctx: click.Context, config: Path) -> None:
    """Serve the web page of a running watch.

    \b
    emberwatch-edge web-password --config emberwatch.toml
    emberwatch-edge web --config emberwatch.toml

    The watch starts it by itself where [web] on = true. It may be stopped and started at any
    time: the watch goes on without it. On 127.0.0.1 it is plain HTTP for this machine alone;
    any other host in [web] is served encrypted.
    """
    from edge.web.process import WebProcess

    ctx.exit(WebProcess(config, click.echo).run())


@click.command("web-password")
@CONFIG
@click.option("--name", help="The user's name; that of the role if left out.")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="keeper",
    show_default=True,
    help="A viewer may look; a keeper may act: silence, reset, test, zones.",
)
@click.option("--remove", is_flag=True, help="Remove the user instead.")
@click.option("--list", "list_them", is_flag=True, help="List the users, and do no more.")
@click.option(
    "--stdin", is_flag=True, help="Read the password from standard input, one line, for scripts."
)
def web_password_command(
    config: Path, name: str | None, role: str, remove: bool, list_them: bool, stdin: bool
) -> None:
    """Set who may open the web page, and by which password.

    \b
    emberwatch-edge web-password --config emberwatch.toml
    emberwatch-edge web-password --config emberwatch.toml --role viewer --name grandma
    emberwatch-edge web-password --config emberwatch.toml --name grandma --remove

    Asks for the password twice and does not show it. What is kept is a salted scrypt hash. A
    running page knows at once; a changed password ends the logins made with the old one.
    """
    from edge.config.config import Config
    from edge.web.users import Users

    users = Users(Config.read(config).store.folder)
    if list_them:
        for user in users.all().values():
            click.echo(f"{user.name}\t{user.role}")
        return
    name = name or role
    if remove:
        users.remove(name)
        click.echo(f"{name} may not open the page any more.")
        return
    users.check_name(name)
    if stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    users.put(name, "viewer" if role == "viewer" else "keeper", password)
    click.echo(f"{name} may open the page now, as {role}.")
