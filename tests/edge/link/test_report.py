"""The eye's messages: the same when they arrive, however the bytes are cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.health.facts import FrameFacts
from edge.inference.tile import Tile
from edge.link.report import EyeHello, FrameReport, TileScores, read_message
from edge.link.wire import MOST_HEADER_BYTES, Decoder, WireError, encode

FACTS = FrameFacts(120.5, 40.0, 300.0, 1.5, False, 0.9, 1280, 720)
REPORT = FrameReport(
    7,
    1.25,
    99.5,
    (0.5, 0.25, 0.25),
    np.float32(10.0) ** -np.arange(192, dtype=np.float32).reshape(8, 8, 3) / 5,
    tile=TileScores(
        Tile(3, (0.0, 0.5, 0.5, 1.0)), (0.1, 0.2, 0.7), np.full((2, 2, 3), 0.25, np.float32)
    ),
    facts=FACTS,
    depth=0.7,
    invoke_ms=12.5,
    jpeg=b"\xff\xd8 not really \xff\xd9",
)
HELLO = EyeHello("m", "ab", ("fire", "smoke"), "LiteRT 2.3", "clip a.mp4", 10.0, True)


def same(a: FrameReport, b: FrameReport) -> bool:
    assert a.tile is not None
    assert b.tile is not None
    maps = np.array_equal(a.class_map, b.class_map)
    maps &= np.array_equal(a.tile.class_map, b.tile.class_map)
    rest = {k: v for k, v in vars(a).items() if k != "class_map"}
    return maps and rest == {k: v for k, v in vars(b).items() if k != "class_map"}


@given(st.lists(st.integers(1, 400), max_size=30))
def test_messages_survive_any_cutting(cuts):
    data = encode(*HELLO.message()) + encode(*REPORT.message())
    decoder, messages = Decoder(), []
    for cut in [*cuts, len(data)]:
        messages += decoder.feed(data[:cut])
        data = data[cut:]
    hello, report = map(read_message, messages)
    assert hello == HELLO
    assert isinstance(report, FrameReport)
    assert same(report, REPORT)


def test_an_empty_report_is_read_back():
    report = read_message(FrameReport(0, 0.0, 0.0, problem="no frame").message())
    assert report == FrameReport(0, 0.0, 0.0, problem="no frame")


@pytest.mark.parametrize(
    "data",
    [
        b"\xff" * 16,
        encode({})[:4] + b"\x7f\xff\xff\xff",
        (MOST_HEADER_BYTES + 1).to_bytes(4, "big") + bytes(4),
        (2).to_bytes(4, "big") + bytes(4) + b"{]",
        (2).to_bytes(4, "big") + bytes(4) + b"[]",
    ],
)
def test_what_is_no_message_is_refused(data):
    with pytest.raises(WireError):
        Decoder().feed(data)


@pytest.mark.parametrize(
    "header",
    [{}, {"kind": "frame"}, {"kind": "hello"}, {"kind": "frame", "scores": 3}, {"kind": 7}],
)
def test_a_message_that_lacks_something_is_refused(header):
    with pytest.raises(WireError):
        read_message((header, b""))
