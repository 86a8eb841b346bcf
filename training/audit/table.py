"""Table: an audit on a terminal."""

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from training.audit.audit import Audit
from training.audit.finding import Finding, Level

SHOWN = 5
SCENES = 10
STYLES: dict[Level, tuple[str, str]] = {
    "wrong": ("mend", "bold red"),
    "look": ("look", "yellow"),
    "know": ("know", "cyan"),
}


def show(audit: Audit, console: Console) -> None:
    """Print the classes, the shortcuts and every finding with its first pictures."""
    console.print(render(audit), soft_wrap=False)


def render(audit: Audit) -> Group:
    """Return what `show` prints."""
    parts: list[RenderableType] = [*_classes(audit), Text()]
    if audit.scenes:
        parts += [*_scenes(audit), Text()]
    if audit.shortcuts.classes:
        parts += [*_shortcuts(audit), Text()]
    for finding in audit.findings:
        parts += _finding(finding)
    if not audit.findings:
        parts.append(Text("Nothing was found that is wrong with these pictures.", "green"))
    return Group(*parts)


def _plain(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False)
    for at, column in enumerate(columns):
        # A label is text, whatever brackets it holds.
        table.add_column(Text(column), justify="right" if at else "left", header_style="dim")
    return table


def _classes(audit: Audit) -> list[RenderableType]:
    names = ("class", "pictures", "scenes", "largest", "size", "wide/tall", "turned", "grey")
    table = _plain(*names, "light")
    for row in audit.classes:
        table.add_row(
            Text(row.label),
            f"{row.pictures:,}",
            str(row.scenes or "-"),
            f"{row.largest_scene:.0%}" if row.scenes else "-",
            f"{row.width}x{row.height}",
            f"{row.wide}/{row.tall}",
            str(row.turned),
            f"{row.grey_share:.0%}",
            f"{row.brightness:.0%}",
        )
    return [Text(f"{audit.pictures:,} pictures of {audit.dataset}", "bold"), table]


def _scenes(audit: Audit) -> list[RenderableType]:
    table = _plain("scene", *(row.label for row in audit.classes))
    for row in audit.scenes[:SCENES]:
        name = f"{row.group} (no scene: its pictures are unlike)" if row.collection else row.group
        table.add_row(Text(name), *(str(count or "-") for count in row.counts.values()))
    rest = audit.scenes[SCENES:]
    if rest:
        sums = [sum(row.counts[one.label] for row in rest) for one in audit.classes]
        table.add_row(Text(f"and {len(rest)} more", "dim"), *(str(n or "-") for n in sums))
    return [Text("Pictures of each scene", "bold"), table]


def _shortcuts(audit: Audit) -> list[RenderableType]:
    table = _plain("class", "AUC", "95%", "above all by")
    table.columns[-1].justify = "left"
    for one in audit.shortcuts.classes:
        table.add_row(
            Text(one.label),
            Text(f"{one.auc:.2f}", "bold red" if one.at_risk else "green"),
            f"{one.low:.2f}-{one.high:.2f}",
            one.leading[0].words,
        )
    words = "0.50 is chance."
    if audit.shortcuts.balanced_accuracy is not None:
        words += (
            f" All classes at once: balanced accuracy {audit.shortcuts.balanced_accuracy:.0%}, "
            f"chance {audit.shortcuts.chance:.0%}."
        )
    title = "Told by colour and brightness alone, in scenes held out"
    return [Text(title, "bold"), table, Text(words, "dim")]


def _finding(finding: Finding) -> list[RenderableType]:
    word, style = STYLES[finding.level]
    head = Text.assemble((word, style), "  ", (finding.line, "bold"))
    inside: list[RenderableType] = [Text(finding.advice)]
    for one in finding.exhibits[:SHOWN]:
        inside.append(Text(f"{one.file}: {one.words}" if one.file else one.words, "dim"))
    rest = finding.count - min(SHOWN, len(finding.exhibits))
    if finding.exhibits and rest > 0:
        inside.append(Text(f"and {rest:,} more", "dim"))
    return [head, Padding(Group(*inside), (0, 0, 1, 6))]
