"""The `preflight` command."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from converter.options import EDGE_PYTHON
from converter.pi_environment import PiEnvironment
from converter.preflight.arena import arena_bytes
from converter.preflight.here import load_profile
from converter.preflight.model_graph import ModelGraph, use_of
from converter.preflight.preflight import Preflight, preflight, read_subjects
from converter.preflight.profile import HERE, NAMES, Profile
from converter.preflight.verdict import Verdict
from edge.contract.errors import MissingPackage

STYLES = {"runs": "green", "advised against": "yellow"}
# Findings of one target that are shown: more would hide the next target.
SHOWN = 5


@click.command("preflight")
@click.argument("model", type=click.Path(path_type=Path))
@click.option(
    "--target",
    "targets",
    multiple=True,
    type=click.Choice([*NAMES, HERE]),
    help="Which cameras; may be given several times. Default: all.",
)
@EDGE_PYTHON
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def preflight_command(
    model: Path, targets: tuple[str, ...], edge_python: Path | None, as_json: bool
) -> None:
    """Say what each kind of camera will do with a model, before one has to find out.

    MODEL is any .tflite file, a bundle (.ember), or a run's folder with its converted models.
    Its operators, their versions, tensor types and quantisation are read from the file and held
    against what each target's runtime was found to take, and to crash on. Nothing of the file
    is run, except for the target `here`: there it is loaded and run in a process of its own.

    \b
    bookworm64  Raspberry Pi OS Bookworm, 64 bits, tflite-runtime 2.14
    bookworm32  Raspberry Pi OS Bookworm, 32 bits, tflite-runtime 2.14
    trixie      Raspberry Pi OS Trixie, ai-edge-litert
    here        the Pi environment that is installed here

    \b
    emberwatch preflight runs/fire
    emberwatch preflight somebodys.tflite --target bookworm64
    emberwatch preflight fire.ember --json

    The memory is an estimate: the runtime, the file and what is packed of it, and the arena as
    TFLite's planner would lay it out. The exit code is 3 where a target does not run the model.
    """
    subjects = list(read_subjects(model))
    profiles, environment = _profiles(targets, edge_python)
    done = [preflight(subject, profiles, environment) for subject in subjects]
    if as_json:
        click.echo(json.dumps([to_json(one) for one in done], indent=2))
    else:
        for one in done:
            show(one, Console())
    for one in done:
        for verdict in one.verdicts:
            if not verdict.passes:
                raise verdict.refusal(one.subject)


def _profiles(
    targets: tuple[str, ...], edge_python: Path | None
) -> tuple[list[Profile], PiEnvironment | None]:
    """Return the targets' profiles; by default `here` is left out where nothing is installed."""
    names = targets or (*NAMES, HERE)
    environment = None
    if HERE in names:
        try:
            environment = PiEnvironment.find(edge_python)
            return [load_profile(name, environment) for name in names], environment
        except MissingPackage:
            if targets or edge_python:
                raise
            names = NAMES
    return [Profile.read(name) for name in names], environment


def to_json(done: Preflight) -> dict[str, Any]:
    """Return a preflight as plain values."""
    graph = done.graph
    return {
        "model": done.subject,
        "size_bytes": graph.size_bytes,
        "min_runtime_version": graph.min_runtime_version,
        "arena_bytes_estimate": arena_bytes(graph),
        "operators": [
            {"name": code.title, "version": code.version, "count": count}
            for code, count in sorted(graph.counts.items(), key=lambda item: item[0].title)
        ],
        "forms": _forms(graph),
        "tensor_types": list(graph.dtypes),
        "targets": [
            {**asdict(verdict), "verdict": verdict.word, "passes": verdict.passes}
            for verdict in done.verdicts
        ],
    }


def show(done: Preflight, console: Console) -> None:
    """Print what a model is and what each target does with it."""
    console.print(Text(done.subject, "bold"))
    for line in _facts(done.graph):
        console.print(Padding(Text(line), (0, 0, 0, 2)))
    table = Table(box=box.SIMPLE, pad_edge=False)
    for name in ("target", "runtime", "verdict", "memory (estimate)"):
        table.add_column(name, no_wrap=True)
    for verdict in done.verdicts:
        style = STYLES.get(verdict.word, "red")
        table.add_row(
            verdict.target,
            verdict.runtime,
            Text(verdict.word, style),
            f"{verdict.needed_mb:.0f} of {verdict.memory_mb} MB",
        )
    console.print(table)
    for verdict in done.verdicts:
        for line in _reasons(verdict):
            console.print(Padding(Text(f"{verdict.target}: {line}"), (0, 0, 0, 2)))


def _facts(graph: ModelGraph) -> list[str]:
    counts = sorted(graph.counts.items(), key=lambda item: (-item[1], item[0].title))
    operators = ", ".join(f"{n} {code.title} v{code.version}" for code, n in counts)
    forms = ", ".join(f"{name} ({count})" for name, count in _forms(graph).items())
    return [
        f"{graph.size_bytes / 1e6:.1f} MB; arena about {arena_bytes(graph) / 1e6:.1f} MB "
        f"(estimate); asks for runtime {graph.min_runtime_version or 'not said'}",
        f"operators: {operators or 'none'}",
        f"quantisation: {forms or 'none'}",
    ]


def _forms(graph: ModelGraph) -> dict[str, int]:
    """Return how many operators have each quantisation form."""
    found: dict[str, int] = {}
    for subgraph in graph.subgraphs:
        for node in subgraph.nodes:
            form = use_of(subgraph, node).form
            found[form] = found.get(form, 0) + 1
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _reasons(verdict: Verdict) -> list[str]:
    lines = [
        f"{finding.effect}: {finding.what}: {finding.why}" for finding in verdict.findings[:SHOWN]
    ]
    if len(verdict.findings) > SHOWN:
        lines.append(f"and {len(verdict.findings) - SHOWN} more (--json has all)")
    if verdict.instead:
        lines.append(f"would run instead: a model by --recipe {verdict.instead}")
    return [*lines, verdict.tried] if verdict.tried else lines
