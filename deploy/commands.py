"""The subcommands of `emberwatch` that bring a bundle to cameras."""

from edge.command_line import LazyCommand

COMMANDS = {
    "inspect": LazyCommand("deploy.inspect_cli:inspect_command", "Show what is in a bundle."),
}
