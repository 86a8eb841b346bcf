"""The subcommands of `emberwatch` that make a classifier."""

from edge.command_line import LazyCommand

COMMANDS = {
    "scenes": LazyCommand(
        "training.scenes.cli:scenes_command", "Draw practice pictures and clips of fire and smoke."
    ),
    "audit": LazyCommand(
        "training.audit.cli:audit_command", "Say what is wrong with folders of pictures."
    ),
    "retrain": LazyCommand(
        "training.cli:retrain_command", "Train a classifier on folders of pictures."
    ),
    "report": LazyCommand(
        "training.report.cli:report_command", "Write the page that says what a run is worth."
    ),
    "compare": LazyCommand(
        "training.compare.cli:compare_command", "Put training runs side by side."
    ),
}
