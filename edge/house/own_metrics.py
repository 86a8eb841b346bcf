"""own_metrics: what the house has to say of its ways out, for `/metrics`."""

from collections.abc import Callable, Sequence

from edge.house.channel import Channel, Counts
from edge.house.collector import Own

Figure = Callable[[Counts], float]
FIGURES: tuple[tuple[str, str, str, Figure], ...] = (
    ("connected", "gauge", "1 while the receiver takes messages", lambda one: one.connected),
    ("waiting", "gauge", "Messages that wait to be delivered", lambda one: one.waiting),
    ("delivered", "counter", "Messages delivered", lambda one: one.delivered),
    (
        "given_up",
        "counter",
        "Messages given up because too many waited",
        lambda one: one.given_up,
    ),
    ("failures", "counter", "Attempts that failed", lambda one: one.failures),
)


def own_metrics(channels: Sequence[Channel]) -> list[Own]:
    """Return each figure of all channels, by their names."""
    counts = {channel.name: channel.counts() for channel in channels}
    return [
        (name, kind, words, {to: float(figure(count)) for to, count in counts.items()})
        for name, kind, words, figure in FIGURES
    ]
