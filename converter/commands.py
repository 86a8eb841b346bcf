"""The subcommands of `emberwatch` that make, measure and package a TFLite model."""

from edge.command_line import LazyCommand

COMMANDS = {
    "convert": LazyCommand(
        "converter.convert_cli:convert_command", "Make a quantised TFLite model."
    ),
    "preflight": LazyCommand(
        "converter.preflight.cli:preflight_command", "Say which cameras will run a model."
    ),
    "benchmark": LazyCommand(
        "converter.benchmark.cli:benchmark_command", "Measure what quantising cost."
    ),
    "autopsy": LazyCommand("converter.autopsy.cli:autopsy_command", "Say where the loss is."),
    "rescue": LazyCommand("converter.rescue.cli:rescue_command", "Bring lost accuracy back."),
    "gauntlet": LazyCommand(
        "converter.gauntlet.cli:gauntlet_command", "Try a model on what fools fire detectors."
    ),
    "package": LazyCommand("converter.packaging.cli:package_command", "Pack a proven bundle."),
    "evaluate": LazyCommand(
        "converter.evaluate_cli:evaluate_command", "Score a bundle on labelled pictures."
    ),
    "label": LazyCommand("edge.inference.label_cli:label_command", "Classify pictures."),
}
