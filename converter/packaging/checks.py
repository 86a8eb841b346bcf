"""Checks: measured figures held against their limits."""

from typing import Any

from converter.statistics import Proportion
from edge.contract.approval import Check, within


def hold(name: str, measured: float, limit: float, *, at_least: bool = False, **more: Any) -> Check:
    """Return the check of a figure against its limit; on the limit it passes.

    `more` are further fields of `Check`. Figures are rounded to a millionth, so that a drop of
    1.0 points is 1.0 however the division falls out.
    """
    figure, bound = round(measured, 6), round(limit, 6)
    rounded: dict[str, Any] = {
        key: round(value, 3) if isinstance(value, float) else value for key, value in more.items()
    }
    return Check(name, figure, bound, within(figure, bound, at_least), at_least, **rounded)


def hold_share(
    name: str, share: Proportion, limit: float, *, at_least: bool = False, **more: Any
) -> Check:
    """Return the check of a share that was counted, in percent; `limit` is in [0, 1].

    The value is compared, not the interval, which is only shown.
    """
    return hold(
        name,
        100 * (share.value or 0.0),
        100 * limit,
        at_least=at_least,
        count=share.count,
        of=share.of,
        low=percent(share.low),
        high=percent(share.high),
        **more,
    )


def percent(share: float | None) -> float | None:
    """Return a share in percent or percentage points; None stays None."""
    return None if share is None else 100 * share
