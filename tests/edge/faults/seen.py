"""Seen: a fault, what was promised of it and what was seen."""

from dataclasses import dataclass

# What is measured is a busy machine's as well: it may be this much later than promised.
LATE_SECONDS = 6.0


@dataclass(frozen=True)
class Seen:
    """One line of the fault table; times in seconds."""

    fault: str
    noticed: str
    promised_s: float
    seen_s: float
    pins: str

    def check(self) -> "Seen":
        """Hold what was seen against what was promised."""
        assert self.seen_s <= self.promised_s + LATE_SECONDS, self
        return self

    def row(self) -> str:
        """Return it as a row of a Markdown table."""
        times = f"{self.promised_s:.1f} s | {self.seen_s:.2f} s"
        return f"| {self.fault} | {self.noticed} | {times} | {self.pins} |"
