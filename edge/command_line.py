"""LazyGroup: a click group that imports a subcommand only when it is called."""

import errno
import importlib
import os
import sys
import traceback
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import click

from edge.contract.errors import EmberwatchError, StorageError


@dataclass(frozen=True)
class LazyCommand:
    """Where a subcommand lives (`package.module:name`) and its line in the group's help."""

    target: str
    help: str

    def load(self) -> click.Command:
        """Import the subcommand."""
        module, _, name = self.target.partition(":")
        return cast(click.Command, getattr(importlib.import_module(module), name))


class LazyGroup(click.Group):
    """A group whose help lists its subcommands without importing them."""

    def __init__(self, lazy: Mapping[str, LazyCommand], **attributes: object) -> None:
        super().__init__(**attributes)  # type: ignore[arg-type]
        self.lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the work."""
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one subcommand."""
        return self.lazy[cmd_name].load() if cmd_name in self.lazy else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of subcommands from their one-line helps."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.help) for name, command in self.lazy.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the subcommand that the arguments begin with."""
        if args and args[0] not in self.lazy and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], self.lazy, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


def run(group: click.Group, arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code; our errors become one line on stderr.

    `--debug` anywhere, or EMBERWATCH_DEBUG=1, shows their traceback too.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given or os.environ.get("EMBERWATCH_DEBUG") == "1"
    given = [argument for argument in given if argument != "--debug"]
    # Pillow warns of damaged EXIF in many lines, and reads the picture all the same.
    warnings.filterwarnings("ignore", category=UserWarning, module="PIL")
    try:
        result = group.main(args=given, standalone_mode=False)
        return result if isinstance(result, int) else 0
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped; run the same command again to go on", err=True)
        return 130
    except SystemExit:
        # click's answer to a broken pipe: the reader of our output left (`| head`).
        return 141
    except EmberwatchError as error:
        return _report(error, debug)
    except OSError as error:
        if debug or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES):
            raise
        return _report(
            StorageError(
                f"cannot write {error.filename or 'a file'}: {error.strerror}",
                next_step="free some space or choose another folder",
            ),
            debug,
        )


def _report(error: EmberwatchError, debug: bool) -> int:
    if debug:
        click.echo("".join(traceback.format_exception(error)), err=True, nl=False)
    click.echo(f"error: {error.line()}", err=True)
    return error.exit_code
