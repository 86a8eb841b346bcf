"""The `audit` command."""

import json
import sys
from pathlib import Path

import click

from training.cli import default_bottleneck_dir
from training.precision import Precision


@click.command("audit")
@click.argument("dataset", type=click.Path(path_type=Path))
@click.option(
    "--groups",
    type=click.Path(path_type=Path),
    help="TSV file with columns `file` and `group`: pictures of one scene. Near duplicates "
    "inside a scene are expected; elsewhere they are findings.",
)
@click.option(
    "--split",
    "run",
    type=click.Path(path_type=Path),
    help="Run folder that `emberwatch retrain` wrote: also name what stands on two sides of its "
    "split. Its groups are used if you give none.",
)
@click.option(
    "--html",
    type=click.Path(path_type=Path),
    help="Write a page with thumbnails, complete in itself.",
)
@click.option(
    "--json", "json_file", metavar="FILE|-", help="Write all findings; - is the terminal."
)
@click.option(
    "--fix-list",
    type=click.Path(path_type=Path),
    help="Write the files that one might remove, and why, as a table with tabs. Nothing is "
    "removed.",
)
@click.option(
    "--labels-check/--no-labels-check",
    default=True,
    show_default=True,
    help="Doubt labels by features of the backbone. They are cached and serve retraining; "
    "without, an audit takes seconds and needs no weights.",
)
@click.option(
    "--weights",
    metavar="FILE|imagenet|starter",
    help="The backbone's weights, as for retrain.",
)
@click.option("--cut", help="The block whose features are used. Default: the deepest there is.")
@click.option(
    "--precision",
    type=click.Choice(["auto", "float32", "bf16"]),
    default="auto",
    show_default=True,
    help="Numbers that bottlenecks are computed in.",
)
@click.option(
    "--bottleneck-dir",
    type=click.Path(path_type=Path),
    help="Where features, and what audits know of pictures, are cached. Default: "
    "emberwatch/bottlenecks in the user's cache.",
)
def audit_command(
    dataset: Path,
    groups: Path | None,
    run: Path | None,
    html: Path | None,
    json_file: str | None,
    fix_list: Path | None,
    labels_check: bool,
    weights: str | None,
    cut: str | None,
    precision: Precision,
    bottleneck_dir: Path | None,
) -> None:
    """Say what is wrong with the pictures of DATASET, a folder with one folder for each class.

    \b
    emberwatch audit photos/ --no-labels-check
    emberwatch audit photos/ --groups scenes.tsv --html audit.html --fix-list remove.tsv

    Unreadable files; copies, exact and near, across classes and across a split; classes of
    few pictures or few scenes; labels that the other pictures speak against; and classes that
    can be told by colour and brightness alone, so that a network need not look at the shape.

    Nothing is changed on disk. Findings are no failure: the exit code is 0. What was learnt of
    a picture is cached by its content: interrupt it whenever you like and run it again.
    """
    from rich.console import Console

    from converter.trained_model import TrainedModel
    from training import dataset as pictures
    from training.audit import step, table
    from training.audit.fix_list import write_fix_list
    from training.audit.labels_check import LabelsCheck
    from training.audit.page import write_page
    from training.narrator import Narrator

    # With --json - the terminal is for the JSON alone.
    console = Console(stderr=json_file == "-", highlight=False, soft_wrap=True)
    narrator = Narrator(console)
    folder = bottleneck_dir or default_bottleneck_dir()
    rows = TrainedModel.read(run).split if run else ()
    of_run = {row.file: row.group for row in rows if pictures.is_scene(row.group)}
    named = pictures.read_groups(groups) if groups else of_run
    with narrator.bar("Reading the folder") as progress:
        found = pictures.scan(dataset, named, progress, strict=False)
    pictures.require_known(named if groups else {}, found, groups)
    checked = step.check(found, folder, narrator)
    if rows:
        checked = checked.with_split(rows)
    if labels_check and len(found.labels) > 1:
        from converter.quiet_tensorflow import load_tensorflow

        load_tensorflow()
        checked = LabelsCheck(weights, cut, precision, folder).run(checked, narrator)
    audit = checked.audit
    if json_file != "-":
        table.show(audit, console)
    if html:
        write_page(audit, dataset, html)
        narrator.say(f"Wrote {html}")
    if json_file:
        _write_json(audit.to_json(), json_file)
    if fix_list:
        write_fix_list(audit.removals, fix_list)
        narrator.say(
            f"Wrote {fix_list}: {len(audit.removals)} files that one might remove. "
            "Look at them first; nothing was removed."
        )


def _write_json(found: dict[str, object], target: str) -> None:
    from edge.contract import atomic

    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    if target == "-":
        sys.stdout.write(text)
    else:
        atomic.write_text(Path(target), text)
