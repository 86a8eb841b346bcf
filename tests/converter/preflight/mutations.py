"""Mutations: whole TFLite files, damaged in the ways that fools and foes damage files."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

Random = np.random.Generator
FOREIGN = Path(__file__).resolve().parents[2] / "fakes" / "foreign"
HUGE = (0x7FFFFFFF, 0xFFFFFFFF, 0x80000000, 0x3FFFFFFF, 0x00FFFFFF, 0x10000)


def flip_bits(data: bytearray, rng: Random) -> None:
    for at in rng.integers(0, len(data), rng.integers(1, 32)):
        data[at] ^= 1 << int(rng.integers(8))


def write_bytes(data: bytearray, rng: Random) -> None:
    at, length = int(rng.integers(len(data))), int(rng.integers(1, 64))
    data[at : at + length] = rng.bytes(min(length, len(data) - at))


def cut_off(data: bytearray, rng: Random) -> None:
    del data[int(rng.integers(len(data))) :]


def cut_out(data: bytearray, rng: Random) -> None:
    at = int(rng.integers(len(data)))
    del data[at : at + int(rng.integers(1, 256))]


def repeat(data: bytearray, rng: Random) -> None:
    at, to = (int(rng.integers(len(data))) for _ in range(2))
    data[to:to] = data[at : at + int(rng.integers(1, 512))]


def swap_words(data: bytearray, rng: Random) -> None:
    """Swap words of four bytes: offsets lead to other tables of the same file."""
    for _ in range(int(rng.integers(1, 8))):
        here, there = (4 * int(rng.integers(len(data) // 4)) for _ in range(2))
        data[here : here + 4], data[there : there + 4] = (
            data[there : there + 4],
            data[here : here + 4],
        )


def claim_much(data: bytearray, rng: Random) -> None:
    """Write a huge length or offset over some words."""
    for _ in range(int(rng.integers(1, 6))):
        at = 4 * int(rng.integers(len(data) // 4))
        struct.pack_into("<I", data, at, HUGE[int(rng.integers(len(HUGE)))])


def shift_offset(data: bytearray, rng: Random) -> None:
    """Let a word point a little beside, or back to itself."""
    at = 4 * int(rng.integers(len(data) // 4))
    word = struct.unpack_from("<I", data, at)[0]
    step = (0, 1, 4, 8, -4, -8, at)[int(rng.integers(7))]
    struct.pack_into("<I", data, at, (word + step if step else 0) & 0xFFFFFFFF)


KINDS: Sequence[Callable[[bytearray, Random], None]] = (
    flip_bits,
    write_bytes,
    cut_off,
    cut_out,
    repeat,
    swap_words,
    claim_much,
    shift_offset,
)


def mutation(seeds: Sequence[bytes], seed: int, number: int) -> bytes:
    """Return a damaged file, always the same by its number: one to three of the kinds.

    A tenth are two files spliced. Most keep the identifier, or every reader would stop there.
    """
    rng = np.random.default_rng([seed, number])
    data = bytearray(seeds[int(rng.integers(len(seeds)))])
    if rng.random() < 0.1:
        other = seeds[int(rng.integers(len(seeds)))]
        data[int(rng.integers(len(data))) :] = other[int(rng.integers(len(other))) :]
    # Half are hurt in one small place, so that reading goes on beyond it.
    if rng.random() < 0.5:
        for at in rng.integers(0, len(data), rng.integers(1, 4)) if data else ():
            data[at] ^= 1 << int(rng.integers(8))
        return bytes(data)
    for _ in range(int(rng.integers(1, 4))):
        if len(data) >= 16:
            KINDS[int(rng.integers(len(KINDS)))](data, rng)
    if rng.random() < 0.9 and len(data) >= 8:
        data[4:8] = b"TFL3"
    return bytes(data)


def seed_files() -> list[bytes]:
    """Return the whole files that are damaged: small classifiers of several makers."""
    paths = sorted(FOREIGN.glob("*.tflite"))
    return [path.read_bytes() for path in [*paths, FOREIGN.parent / "tiny_colour.tflite"]]
