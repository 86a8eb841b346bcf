"""Snapshot: the state of the whole watch at one moment, for whoever shows it."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Notice:
    """A trouble or supervisory signal that holds; `since` is ISO 8601 with its zone."""

    signal: str
    source: str
    problem: str
    since: str


@dataclass(frozen=True)
class Snapshot:
    """What a page, a message or a metric may say of the watch.

    `at` and `since` are ISO 8601 with their zone. `state` is one word: `clear`, `pre-alarm`,
    `alarm`, `trouble` or `starting`; `level` leaves troubles aside. `hazard` is in [0, 1] or
    None where unknown. `sounding` says that the siren should sound, `silenced` that a person
    silenced it, `testing` that a test runs, `where` which zone or tile raised the alarm, if
    that is known. `lines` says which outputs are energised. `zones` is what is in force, as
    `edge.alarm.zones` writes it. `invoke_steps` and `invoke_sum_ms` are `edge.link.latency`'s.
    Times end in their unit.
    """

    at: str
    state: str = "starting"
    level: str = "clear"
    since: str = ""
    hazard: float | None = None
    scores: dict[str, float] = field(default_factory=dict)
    sounding: bool = False
    silenced: bool = False
    testing: bool = False
    where: str | None = None
    notices: tuple[Notice, ...] = ()
    lines: dict[str, bool] = field(default_factory=dict)
    simulated_gpio: bool = False
    model: str = ""
    digest: str = ""
    runtime: str = ""
    labels: tuple[str, ...] = ()
    camera: str = ""
    live: bool = True
    fps: float = 0.0
    frames: int = 0
    lost: int = 0
    dropped: int = 0
    invoke_ms: float = 0.0
    invoke_steps: tuple[int, ...] = ()
    invoke_sum_ms: float = 0.0
    frame_age_s: float | None = None
    depth: float | None = None
    celsius: float | None = None
    slowed_by: tuple[str, ...] = ()
    uptime_s: float = 0.0
    eye_restarts: int = 0
    written_today_bytes: int = 0
    write_budget_bytes: int = 0
    zones: tuple[dict[str, Any], ...] = ()
    last_event: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Snapshot":
        """Read what `to_json` gave; a key that is not known here is left out."""
        known = {key.name for key in fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        values["notices"] = tuple(Notice(**notice) for notice in values.get("notices", ()))
        for name in ("labels", "slowed_by", "zones", "invoke_steps"):
            values[name] = tuple(values.get(name, ()))
        return cls(**values)
