"""A receiver that is away for long: the watch is told, again and again, until it is back."""

from edge.house.channel import Channel
from edge.house.complaints import REPEAT_SECONDS, Complaints


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_watch_hears_of_a_long_absence_and_of_its_end():
    clock, asked = Clock(), []
    channel = Channel("webhook", 10, 0.0, clock=clock)
    complaints = Complaints(asked.append, 120.0, clock)
    channel.failed("refused")
    clock.now = 119.0
    channel.failed("timed out")
    complaints.look([channel])
    assert asked == []
    clock.now = 120.0
    complaints.look([channel])
    complaints.look([channel])
    assert [one["tell"] for one in asked] == ["webhook-away"]
    assert "timed out" in asked[0]["problem"]
    clock.now += REPEAT_SECONDS
    complaints.look([channel])
    assert len(asked) == 2
    channel.reached()
    complaints.look([channel])
    complaints.look([channel])
    assert asked[2:] == [{"tell": "webhook-away", "problem": None}]


def test_a_short_absence_is_nobodys_business():
    clock, asked = Clock(), []
    channel = Channel("mqtt", 10, 0.0, clock=clock)
    complaints = Complaints(asked.append, 120.0, clock)
    for second in range(1000):
        clock.now = float(second)
        channel.failed("refused")
        if second % 100 == 99:
            channel.reached()
        complaints.look([channel])
    assert asked == []
