"""Choice text: what a tuning found, in words, rows and JSON."""

import math
from collections.abc import Sequence
from typing import Any

from edge.alarm.rules import AlarmRules
from edge.replay.intervals import wilson
from edge.replay.trial import Footage, Trial
from edge.replay.tuning import Choice, front, normal_days

HEAD = (
    f"{'':<9}{'raise_at':>8}  {'k of n':>8}  {'smooth':>6}  {'fires':>7}  {'delay':>8}  "
    f"{'false alarms a day (95% interval)'}"
)


def choice_lines(trials: Sequence[Trial], choice: Choice, footage: Sequence[Footage]) -> list[str]:
    """Return the table of the best rules, and what to think of the choice."""
    days = normal_days(footage)
    fires = sum(len(one.fires) for one in footage)
    best = front(trials)
    rows = [_row("present", trials[0])]
    rows += [_row("", one) for one in best if one not in (trials[0], choice.trial)]
    rows.append(_row("chosen", choice.trial))
    head = (
        f"{len(trials)} sets of rules on {span(days)} in which nothing burned and {fires} "
        f"fire{'' if fires == 1 else 's'}; these are the ones that no other beats:"
    )
    return [head, "", HEAD, *rows, "", *explain(choice).splitlines()]


def explain(choice: Choice) -> str:
    """Return, in sentences, how far the footage bears the choice out."""
    rate, wanted = choice.trial.false_alarms, f"{choice.wanted_per_day:g} a day"
    lines = [
        f"Chosen by `emberwatch-edge tune` for at most {wanted}: {rate.count} false "
        f"alarm{'' if rate.count == 1 else 's'} "
        f"in {span(rate.days)},",
        f"so with 95% confidence no more than {_figure(rate.at_most)} a day.",
    ]
    if choice.footing == "shown":
        lines.append("The footage shows that, if the days to come are like the days filmed.")
    elif choice.footing == "seen":
        lines += [
            f"This footage is too short to show {wanted}: that takes {span(choice.days_needed)}",
            "of quiet footage without a false alarm. Rules that need less for an alarm than the",
            "present ones were left out for it.",
        ]
    else:
        lines.append(f"No rules that were tried keep to {wanted} here; these come nearest.")
    missed = len(choice.trial.delays) - choice.trial.raised
    if missed:
        lines.append(f"{missed} of {len(choice.trial.delays)} fires raised no alarm by them.")
    if not choice.trial.delays:
        lines.append("There was no fire in the footage: how late the alarm would come is unknown.")
    return "\n".join(lines)


def choice_json(
    trials: Sequence[Trial], choice: Choice, footage: Sequence[Footage]
) -> dict[str, Any]:
    """Return all of it as plain JSON."""
    return {
        "normal_days": normal_days(footage),
        "wanted_per_day": choice.wanted_per_day,
        "footing": choice.footing,
        "days_needed": choice.days_needed,
        "chosen": _json(choice.trial),
        "trials": [_json(one) for one in trials],
    }


def _json(trial: Trial) -> dict[str, Any]:
    rate, rules = trial.false_alarms, trial.rules
    low, high = wilson(trial.raised, len(trial.delays))
    known = math.isfinite(trial.delay_s)
    return {
        "raise_at": rules.raise_at,
        "clear_at": rules.clear_at,
        "k": rules.k,
        "n": rules.n,
        "smoothing": rules.smoothing,
        "fires": len(trial.delays),
        "raised": trial.raised,
        "raised_share_95": [low, high],
        "delays_s": list(trial.delays),
        "median_delay_s": trial.delay_s if known else None,
        "false_alarms": rate.count,
        "per_day": rate.per_day if rate.days else None,
        "per_day_95": [rate.low, rate.high] if rate.days else None,
        "at_most_per_day_95": rate.at_most if rate.days else None,
    }


def _row(name: str, trial: Trial) -> str:
    rules, rate = trial.rules, trial.false_alarms
    fires = f"{trial.raised}/{len(trial.delays)}"
    if math.isnan(trial.delay_s):
        delay = "-"
    else:
        delay = f"{trial.delay_s:.1f} s" if math.isfinite(trial.delay_s) else "missed"
    limits = f"{_figure(rate.per_day)} ({_figure(rate.low)} to {_figure(rate.high)})"
    return (
        f"{name:<9}{rules.raise_at:>8g}  {_k_of_n(rules):>8}  {rules.smoothing:>6g}  "
        f"{fires:>7}  {delay:>8}  {limits}"
    )


def _k_of_n(rules: AlarmRules) -> str:
    return f"{rules.k} of {rules.n}"


def span(days: float) -> str:
    """Return a time, in the unit that fits it."""
    for unit, size in (("days", 1.0), ("hours", 1 / 24), ("minutes", 1 / 1440)):
        if days >= size:
            return f"{days / size:.1f} {unit}"
    return f"{days * 86400:.1f} seconds"


def _figure(value: float) -> str:
    if not math.isfinite(value):
        return "unknown"
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
