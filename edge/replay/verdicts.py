"""Verdicts: what a replay says of each clip, as rows or as JSON."""

import json
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from edge.replay.clip_labels import Stretch
from edge.replay.play import Played, Point
from edge.replay.trial import delay, false_alarms

HEAD = f"{'clip':<34}  {'frames':>7}  {'pre-alarm':>9}  {'alarm':>9}  {'trouble':>9}  hazard"


@dataclass(frozen=True)
class ClipVerdict:
    """A clip that was replayed; `stretches` is None where it has no labels.

    `seconds` is what looking and judging took. A clip of which nothing can be read has an
    `error` alone.
    """

    clip: Path
    played: Played | None = None
    stretches: tuple[Stretch, ...] | None = None
    seconds: float = 0.0
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON; times are seconds from the clip's first frame."""
        if self.played is None:
            # What cannot be seen is in trouble from the start.
            unseen = {"alarm_at_s": None, "trouble_at_s": 0.0, "frames_judged": 0}
            return {"clip": str(self.clip), **unseen, "error": self.error}
        played, hazards = self.played, self.played.hazards
        alarm = played.alarms[0] if played.alarms else None
        trouble = played.trouble
        found: dict[str, Any] = {
            "clip": str(self.clip),
            "alarm_at_s": _at(alarm),
            "trouble_at_s": _at(trouble),
            "frames_judged": played.judged,
            "pre_alarm_at_s": _at(played.pre_alarm),
            "where": None if alarm is None else alarm.where,
            "trouble": None if trouble is None else "; ".join(trouble.troubles),
            "supervisory": played.supervisory,
            "frames": len(played.recording.reports),
            "seconds": round(played.recording.seconds, 3),
            "hazard_mean": round(fmean(hazards), 4) if hazards else None,
            "hazard_max": round(max(hazards), 4) if hazards else None,
            "speed": round(played.recording.seconds / self.seconds, 1) if self.seconds else None,
        }
        if self.stretches is not None:
            fires = [one for one in self.stretches if one.hazard]
            found["fires"] = [
                {"from_s": round(fire.start_s, 3), "to_s": round(fire.end_s, 3)}
                | {"delay_s": _rounded(delay(played, fire))}
                for fire in fires
            ]
            found["false_alarms"] = false_alarms(played, self.stretches)
        if self.error is not None:
            found["error"] = self.error
        return found

    def line(self) -> str:
        """Return it as one line of JSON."""
        return json.dumps(self.to_json(), ensure_ascii=False)

    def row(self) -> str:
        """Return it as a row of a table, and what else there is to say in lines under it."""
        found = self.to_json()
        times = "  ".join(
            f"{_seconds(found.get(key)):>9}"
            for key in ("pre_alarm_at_s", "alarm_at_s", "trouble_at_s")
        )
        hazard = "-" if found.get("hazard_max") is None else f"up to {found['hazard_max']:.2f}"
        name = self.clip.name if len(self.clip.name) <= 34 else f"...{self.clip.name[-31:]}"
        more = [f"  {found[key]}" for key in ("trouble", "error") if found.get(key)]
        more += [f"  {note}" for note in found.get("supervisory", ())]
        if found.get("where"):
            more.append(f"  the alarm came from {found['where']}")
        for fire in found.get("fires", ()):
            after = "no alarm" if fire["delay_s"] is None else f"alarm after {fire['delay_s']:g} s"
            more.append(f"  labelled a hazard from {fire['from_s']:g} s on: {after}")
        if found.get("false_alarms"):
            more.append(f"  {found['false_alarms']} raised where the labels say there is none")
        row = f"{name:<34}  {found['frames_judged']:>7}  {times}  {hazard}"
        return "\n".join([row, *dict.fromkeys(more)])


def _at(point: Point | None) -> float | None:
    return None if point is None else round(point.time_s, 4)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f} s"
