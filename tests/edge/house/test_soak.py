"""A house that lives long: thousands of changes, a broker that comes and goes, flat memory."""

from pathlib import Path

from tests.edge.house.broker import free_port
from tests.edge.house.receiver import Receiver
from tests.edge.house.test_mqtt import page, soon

ROUNDS, CHANGES = 24, 400
# Allocators keep some slack; what grows with each change would be far beyond it by the end.
SLACK_BYTES = 1_500_000

CONFIG = """
[alarm]
notice_every_seconds = 0
[mqtt]
broker = "127.0.0.1"
port = {broker}
id = "yard"
every_seconds = 1
keep = 100
[webhook]
url = "http://127.0.0.1:{webhook}/"
tell = ["alarm", "pre-alarm", "cleared", "trouble", "trouble-cleared", "supervisory"]
timeout_seconds = 1
keep = 100
[metrics]
port = {metrics}
"""


def memory_bytes(process_id):
    """Return the anonymous resident memory: what is allocated, not what is mapped."""
    for line in Path(f"/proc/{process_id}/status").read_text().splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no RssAnon")


def descriptors(process_id):
    return len(list(Path(f"/proc/{process_id}/fd").iterdir()))


def test_thousands_of_changes_leave_no_trace_in_memory(hand, broker, start_house):
    metrics, webhook = free_port(), free_port()
    house = start_house(
        CONFIG.format(broker=broker.port, webhook=webhook, metrics=metrics),
    )
    process_id = house.process.pid
    assert soon(lambda: {"ask": "follow"} in hand.asked)
    event, receiver, sizes, opened = 0, None, [], []
    try:
        for number in range(ROUNDS):
            for change in range(CHANGES // 4):
                event += 4
                hand.alarm(last_event=event - 3)
                hand.clear(last_event=event - 2)
                hand.trouble(f"fault-{number}-{change}", "x" * 200)
                hand.clear(last_event=event)
            seen = f"emberwatch_last_event {event:.1f}"
            assert soon(lambda seen=seen: seen in page(metrics), 60), house.said
            sizes.append(memory_bytes(process_id))
            opened.append(descriptors(process_id))
            # The receivers come and go meanwhile, so that queues fill, overflow and drain.
            if number % 3 == 0:
                broker.kill()
                receiver = Receiver(webhook)
            elif number % 3 == 1:
                broker.start()
                receiver.close()
                receiver = None
        assert house.process.poll() is None
        settled = sizes[ROUNDS // 3]
        assert max(sizes[ROUNDS // 3 :]) - settled < SLACK_BYTES, sizes
        assert max(opened) <= min(opened[1:]) + 8, opened
        given_up = 'emberwatch_house_given_up_total{to="webhook"} 0.0'
        assert given_up not in page(metrics), "no queue ever overflowed: this shows nothing"
        print([size // 1024 for size in sizes], opened)
    finally:
        if receiver is not None:
            receiver.close()
