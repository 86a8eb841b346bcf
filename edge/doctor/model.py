"""The model: it must give here what it gave where it was packaged, and leave memory over."""

import resource
from collections.abc import Iterator
from pathlib import Path

from edge.contract.bundle import ModelBundle
from edge.contract.errors import EmberwatchError
from edge.doctor.case import Case
from edge.doctor.child import run_apart
from edge.doctor.finding import Finding, bad, bad_line, note, ok

# The first frame of a large model takes seconds on a small board, and golden pictures are few.
SECONDS = 180.0
# What the hand, the page and the system take beside the model's process.
BESIDE_MIB = 100
ANOTHER = "get a whole bundle; `emberwatch-edge verify` checks one"


def look_at_model(case: Case) -> Iterator[Finding]:
    """Run the bundle's golden pictures in a process of its own: a model can kill a runtime."""
    bundle = case.config.model.bundle
    arguments = ["verify", str(bundle), "--json", "--threads", str(case.config.model.threads)]
    done = run_apart(arguments, SECONDS)
    if done.code is None:
        todo = "convert it smaller, or look at what else the board does"
        yield bad("model", f"{bundle}: its golden pictures took over {SECONDS:g} s", todo)
    elif done.ended_by:
        yield bad(
            "model",
            f"{bundle}: the runtime died of it ({done.ended_by})",
            "package another recipe, or install the other runtime (tflite-runtime, ai-edge-litert)",
        )
    elif done.code:
        yield bad_line("model", done.problem, ANOTHER)
    else:
        yield from _proven(case, done.record)


def look_at_memory(case: Case) -> Iterator[Finding]:
    """Hold the memory that the model's process took against what there is."""
    needed = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024 + BESIDE_MIB
    fields = _meminfo(case.root / "proc/meminfo")
    free = fields.get("MemAvailable")
    if free is None:
        yield note("memory", "this machine does not tell what is free", "look with `free -m`")
        return
    found = f"{free} MiB of {fields.get('MemTotal', 0)} are free, the watch takes about {needed}"
    if case.running is not None:
        yield ok("memory", f"{free} MiB of {fields.get('MemTotal', 0)} are free beside the watch")
    elif free < needed:
        yield bad("memory", found, "stop other programs, or use a smaller model")
    elif free < 2 * needed:
        yield note("memory", found, "little is left over: stop what is not needed")
    else:
        yield ok("memory", found)


def _proven(case: Case, record: dict[str, object]) -> Iterator[Finding]:
    quanta = record.get("largest_quanta")
    off = (
        f"{record.get('largest_difference')} in score"
        if quanta is None
        else f"{quanta} steps of the score"
    )
    yield ok(
        "model",
        f"{record.get('name')}: {record.get('vectors')} golden pictures come out in "
        f"{record.get('runtime')}, {off} off at most",
    )
    warning = record.get("overridden")
    if warning:
        yield note("model", str(warning), "package one that passed its checks")
    yield from _rules(case)


def _rules(case: Case) -> Iterator[Finding]:
    from edge.alarm.policy import AlarmPolicy

    config = case.config
    try:
        labels = ModelBundle.read(config.model.bundle).manifest.labels
        AlarmPolicy(config.alarm, labels, config.zones, config.sweep, schedules=config.schedules)
    except EmberwatchError as error:
        yield bad_line("model", f"[alarm] {error.line()}", "name the model's classes")


def _meminfo(path: Path) -> dict[str, int]:
    """Return the kernel's account of memory in MiB by its names."""
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    rows = [line.replace(":", " ").split() for line in lines]
    return {row[0]: int(row[1]) // 1024 for row in rows if len(row) > 2 and row[1].isdigit()}
