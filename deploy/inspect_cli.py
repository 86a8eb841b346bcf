"""The `inspect` command: what a bundle is, before it goes to a camera."""

import json
from pathlib import Path
from typing import Any

import click

from edge.contract.bundle import ModelBundle


@click.command("inspect")
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def inspect_command(bundle: Path, as_json: bool) -> None:
    """Check every byte of a bundle and show what it holds.

    \b
    emberwatch inspect fire.ember

    It runs nothing. `emberwatch-edge verify` runs the golden pictures on a camera.
    """
    summary = summarise(ModelBundle.read(bundle), bundle)
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False, indent=2))
        return
    width = max(map(len, summary)) + 2
    for name, value in summary.items():
        lines = value if name == "checks" else [_as_text(value)]
        click.echo(f"{name.replace('_', ' '):<{width}}" + f"\n{'':<{width}}".join(lines))


def summarise(bundle: ModelBundle, path: Path) -> dict[str, Any]:
    """Return what a person wants to know of a bundle before flashing it."""
    manifest = bundle.manifest
    tolerance: object = manifest.golden_tolerance_quanta
    if not any(spec.quantised for spec in manifest.outputs):
        tolerance = manifest.golden_tolerance
    return {
        "name": manifest.name,
        "file": path.name,
        "bytes": len(bundle.to_bytes()),
        "digest": bundle.digest,
        "classes": list(manifest.labels),
        "recipe": manifest.recipe,
        "model_bytes": len(bundle.model),
        "input": f"{manifest.input.dtype} RGB {manifest.preprocess.width} x "
        f"{manifest.preprocess.height}, {manifest.preprocess.fit}",
        "accuracy": manifest.accuracy.get("accuracy"),
        "accuracy_interval": manifest.accuracy.get("accuracy_interval"),
        "float_accuracy": manifest.accuracy.get("float_accuracy"),
        "test_pictures": manifest.accuracy.get("pictures"),
        "recall": manifest.accuracy.get("recall"),
        "approval": manifest.approval.warning or "passed",
        "checks": [check.line() for check in manifest.approval.checks],
        "golden_pictures": len(manifest.golden),
        "golden_tolerance": tolerance,
        "backbone": manifest.provenance.get("backbone"),
    }


def _as_text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_as_text(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(_as_text, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)
