"""The main job, end to end: pictures in, an alarm out. Run by `make demo`.

Each step is a command that a user would type; it is shown before it runs. Leaves everything in
build/demo/, with the measured figures in summary.json.
"""

import argparse
import csv
import json
import os
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "build" / "demo"
WORKSTATION = ROOT / ".venv" / "workstation" / "bin" / "emberwatch"
PI = ROOT / ".venv" / "edge" / "bin" / "emberwatch-edge"
HAZARD = ("fire", "smoke")
SEED = 7
CLIP_SEED = 4
# The scene of this clip is in no picture that the split below trains on.
REAL_CLIP = "videos/derived_cctv_motorway_normal-fire.mp4"

WATCH = """\
[model]
bundle = "fire.ember"
threads = 2

[camera]
kind = "clip"
path = {clip}
pace = "fast"

[alarm]
hazard = ["fire", "smoke"]
raise_at = 0.5  # more likely than not

[store]
folder = "state"
"""


@dataclass(frozen=True)
class Material:
    """What the demo works on: a folder of pictures with its groups, weights, and a clip.

    `testing` is the percentage held out to test, `max_drop` the points of accuracy that
    quantising may cost, `max_recall_drop` the points of recall of a class. One of the few
    generated test pictures is most of a point already, and two points of its class.
    """

    data: str
    pictures: Path
    groups: Path
    weights: Path | None
    clip: Path
    site: Path | None = None
    testing: int = 10
    max_drop: int = 1
    max_recall_drop: int = 5


def main() -> int:
    """Run every step; return 0 when the alarm came in time and not before the fire."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--generated", action="store_true", help="leave real pictures aside")
    given = options.parse_args()
    started = perf_counter()
    OUT.mkdir(parents=True, exist_ok=True)
    for old in (OUT / "state").glob("events.sqlite*"):
        old.unlink()
    material = _real() if not given.generated else None
    material = material or _generated()
    run = OUT / "run"
    _retrain(material, run)
    _emberwatch("convert", run)
    _emberwatch("benchmark", run)
    _emberwatch("report", run)
    bundle = OUT / "fire.ember"
    _emberwatch(
        *("package", run, "--out", bundle, "--max-drop", material.max_drop),
        *("--max-recall-drop", material.max_recall_drop),
    )
    for page in ("report.html", "benchmark.html"):
        (OUT / page).write_bytes((run / page).read_bytes())
    _watch(material)
    summary = _summary(material, run, bundle) | {"seconds": round(perf_counter() - started, 1)}
    (OUT / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return _verdict(summary)


def _real() -> Material | None:
    named = os.environ.get("EMBERWATCH_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    pictures, clip = folder / "fire", folder / REAL_CLIP
    if not (pictures / "SOURCES.tsv").is_file() or not clip.is_file():
        return None
    weights = sorted((folder / "weights").glob("*.h5"))
    # One of its 125 test pictures is 0.8 points.
    return Material(
        *("real", pictures, pictures / "SOURCES.tsv", weights[0] if weights else None, clip),
        max_drop=2,
    )


def _generated() -> Material:
    scenes, watched = OUT / "pictures", OUT / "clip"
    _emberwatch("scenes", scenes, "--per-class", 240, "--seed", SEED)
    _emberwatch(
        *("scenes", watched, "--per-class", 0, "--seed", CLIP_SEED),
        *("--clip", "fire", "--seconds", 24, "--onset", 10, "--site", 40),
    )
    return Material(
        *("generated", scenes, scenes / "groups.tsv", None),
        *(watched / "fire.mp4", watched / "site", 20, 3, 10),
    )


def _retrain(material: Material, run: Path) -> None:
    weights = material.weights or "starter"
    site = ("--site-frames", material.site) if material.site else ()
    _emberwatch(
        *("retrain", material.pictures, "--groups", material.groups, "--weights", weights, *site),
        *("--testing", material.testing, "--out", run, "--bottleneck-dir", OUT / "bottlenecks"),
    )


def _watch(material: Material) -> None:
    """Play the clip to the bundle in the Pi's environment, with simulated pins."""
    config = OUT / "watch.toml"
    config.write_text(WATCH.format(clip=json.dumps(str(material.clip))), encoding="utf-8")
    timeline = OUT / "timeline.jsonl"
    timeline.unlink(missing_ok=True)
    _call(PI, "run", "--config", config, "--simulate-gpio", "--timeline", timeline)
    _call(
        *(PI, "filmstrip", OUT / "fire.ember", material.clip),
        *("--timeline", timeline, "--config", config, "--out", OUT / "filmstrip.png"),
    )


def _summary(material: Material, run: Path, bundle: Path) -> dict[str, Any]:
    figures = json.loads((run / "benchmark.json").read_text(encoding="utf-8"))
    trained = json.loads((run / "run.json").read_text(encoding="utf-8"))
    frames = [json.loads(line) for line in (OUT / "timeline.jsonl").open(encoding="utf-8")]
    onset = _onset(material.clip, frames)
    alarms = [
        after["time_s"]
        for before, after in zip([{"state": "normal"}, *frames], frames, strict=False)
        if after["state"] == "alarm" and before["state"] != "alarm"
    ]
    int8 = next(r["measured"] for r in figures["results"] if r["recipe"] == "int8")
    return {
        "data": material.data,
        "backbone": trained["backbone"]["name"],
        "weights": trained["backbone"]["weights"],
        "test_pictures": figures["reference"]["accuracy"]["of"],
        "float_accuracy": figures["reference"]["accuracy"]["value"],
        "int8_accuracy": int8["figures"]["accuracy"]["value"],
        "agreement": int8["agreement"]["value"],
        "model_bytes": int8["size_bytes"],
        "bundle_bytes": bundle.stat().st_size,
        "latency_ms": int8["median_ms"],
        "runtime": int8["runtime"],
        "onset_s": onset,
        "alarm_raised_at_s": next((at for at in alarms if at >= onset), None),
        "false_alarms_before_onset": sum(at < onset for at in alarms),
        "training_seconds": trained["metrics"]["seconds"],
    }


def _onset(clip: Path, frames: list[dict[str, Any]]) -> float:
    """Return the time in seconds of the first frame that is labelled a hazard."""
    with clip.with_suffix(".labels.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if any(name in row["label"] for name in HAZARD):
                number = int(row["frame"])
                return float(next(f["time_s"] for f in frames if f["frame"] >= number))
    raise SystemExit(f"error: {clip} shows no hazard")


def _verdict(summary: dict[str, Any]) -> int:
    onset, raised = summary["onset_s"], summary["alarm_raised_at_s"]
    print()
    for name, value in summary.items():
        if not isinstance(value, dict):
            print(f"  {name:26} {value}")
    print(f"\nLook at {OUT.relative_to(ROOT)}/report.html, benchmark.html and filmstrip.png")
    if summary["false_alarms_before_onset"] or raised is None or raised - onset > 5:
        print("The alarm did NOT come as it should: within 5 s of the onset and not before.")
        return 1
    print(f"The fire began at {onset:.1f} s, the siren line rose at {raised:.1f} s.")
    return 0


def _emberwatch(*arguments: object) -> None:
    _call(WORKSTATION, *arguments)


def _call(program: Path, *arguments: object) -> None:
    words = [str(argument) for argument in arguments]
    shown = [_shortened(word) for word in words]
    print(f"\n$ {program.name} {shlex.join(shown)}", flush=True)
    finished = subprocess.run([str(program), *words], check=False)
    if finished.returncode:
        raise SystemExit(finished.returncode)


def _shortened(word: str) -> str:
    path = Path(word)
    inside = path.is_absolute() and path.is_relative_to(ROOT)
    return str(path.relative_to(ROOT)) if inside else word


if __name__ == "__main__":
    sys.exit(main())
