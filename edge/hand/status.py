"""status_lines: a Snapshot in words, for a terminal."""

from edge.link.snapshot import Snapshot


def status_lines(state: Snapshot) -> list[str]:
    """Return a headline, and a line for each thing that a person may want to know."""
    head = state.state.upper() + (f" since {state.since}" if state.since else "")
    if state.state == "trouble" and state.level != "clear":
        head += f" ({state.level})"
    lines = [head]
    lines += [f"  {one.signal}: {one.problem} (since {one.since})" for one in state.notices]
    hazard = "unknown" if state.hazard is None else f"{state.hazard:.3f}"
    top = max(state.scores.items(), key=lambda pair: pair[1], default=None)
    seen = "" if top is None else f", most likely {top[0]} {top[1]:.3f}"
    lines.append(f"hazard   {hazard}{seen}")
    siren = "sounds" if state.sounding else "silenced" if state.silenced else "quiet"
    lines.append(f"siren    {siren}{' (a test)' if state.testing else ''}")
    held = [name for name, on in state.lines.items() if on]
    simulated = "; SIMULATED, NO SIREN WILL SOUND" if state.simulated_gpio else ""
    lines.append(f"lines    energised: {', '.join(held) or 'none'}{simulated}")
    age = "" if state.frame_age_s is None else f", the last {state.frame_age_s:.1f} s ago"
    lines.append(f"camera   {state.camera or '-'}, {state.fps:.1f} frames a second{age}")
    lines.append(f"model    {state.model or '-'} {state.digest[:12]}, {state.runtime or '-'}")
    counted = f"{state.frames} judged, {state.lost} lost, {state.dropped} dropped"
    lines.append(f"frames   {counted}; the eye restarted {state.eye_restarts} times")
    if state.celsius is not None:
        slowed = f", slowed by {', '.join(state.slowed_by)}" if state.slowed_by else ""
        lines.append(f"board    {state.celsius:.0f} C{slowed}")
    written = f"{state.written_today_bytes / 1e6:.1f} of {state.write_budget_bytes / 1e6:.0f} MB"
    lines.append(f"disk     {written} written in 24 hours")
    lines.append(f"up       {_duration(state.uptime_s)}")
    return lines


def _duration(seconds: float) -> str:
    minutes, hours = int(seconds) // 60, int(seconds) // 3600
    if hours >= 48:
        return f"{hours // 24} days"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min {int(seconds) % 60} s"
