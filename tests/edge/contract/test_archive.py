"""Attacks on the bundle file's container: none gets a byte past it."""

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.contract import archive
from edge.contract.errors import BundleTampered

FILES = {"manifest.json": b'{"a": 1}\n', "golden/0.png": bytes(range(256)) * 3, "empty": b""}
PACKED = archive.pack(FILES)
BLOCK = archive.BLOCK


def refused(data: bytes) -> bool:
    try:
        archive.unpack(data)
    except BundleTampered as error:
        return "\n" not in error.line()
    return False


def tar(*members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.USTAR_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as file:
        for info, content in members:
            info.size = len(content)
            file.addfile(info, io.BytesIO(content))
    return out.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type = kind
    info.linkname = link
    return info


def test_files_come_back_in_their_order() -> None:
    unpacked = archive.unpack(PACKED)
    assert unpacked == FILES
    assert list(unpacked) == list(FILES)


@given(st.dictionaries(st.sampled_from(["a", "b/c", "d.e", "火"]), st.binary(max_size=1100)))
def test_any_content_comes_back(files: dict[str, bytes]) -> None:
    assert archive.unpack(archive.pack(files)) == files


def test_any_tar_reads_it_too() -> None:
    with tarfile.open(fileobj=io.BytesIO(PACKED)) as file:
        assert file.getnames() == [archive.DIGEST_MEMBER, *FILES]


def test_the_same_files_give_the_same_bytes() -> None:
    assert archive.pack(dict(FILES)) == PACKED


def test_a_flipped_bit_at_every_position_is_refused() -> None:
    data = bytearray(PACKED)
    for at in range(len(data)):
        for bit in (1, 128):
            data[at] ^= bit
            assert refused(bytes(data)), f"bit {bit} of byte {at}"
            data[at] ^= bit


def test_every_truncation_is_refused() -> None:
    assert all(refused(PACKED[:length]) for length in range(0, len(PACKED), 7))
    assert all(refused(PACKED[:length]) for length in range(0, len(PACKED), BLOCK))


@pytest.mark.parametrize("more", [b"\0", bytes(BLOCK), b"x" * 100, PACKED])
def test_appended_bytes_are_refused(more: bytes) -> None:
    assert refused(PACKED + more)
    assert refused(more + PACKED)


def test_members_in_another_order_are_refused() -> None:
    assert refused(tar(*((member(name), content) for name, content in reversed(parts(PACKED)))))


def test_a_member_twice_is_refused() -> None:
    twice = [*parts(PACKED), ("empty", b"other")]
    assert refused(tar(*((member(name), content) for name, content in twice)))


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "/etc/passwd",
        "a/../../b",
        "a/./b",
        "./a",
        "a//b",
        "a/",
        "a\\b",
        ".",
        "..",
        "a\nb",
    ],
)
def test_paths_that_lead_elsewhere_are_neither_read_nor_written(name: str) -> None:
    with pytest.raises(BundleTampered):
        archive.pack({name: b"x"})
    assert refused(tar((member(name), b"x")))


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE]
)
def test_links_folders_and_devices_are_refused(kind: bytes) -> None:
    assert refused(tar((member("manifest.json", kind, "/etc/passwd"), b"")))


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_the_other_tar_formats_are_refused(form: int) -> None:
    assert refused(tar((member("a" * 150), b"x"), form=form))


@pytest.mark.parametrize("size", [-1, 2**33, 2**80])
def test_an_absurd_size_is_refused(size: int) -> None:
    info = member("a")
    info.size = size
    assert refused(info.tobuf(tarfile.GNU_FORMAT) + bytes(2 * BLOCK))


@pytest.mark.parametrize("data", [b"", b"hello", bytes(BLOCK), bytes(2 * BLOCK), b"PK\3\4" * 999])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    assert refused(data)


def test_a_swarm_of_members_is_refused() -> None:
    assert refused(archive.pack({str(n): b"" for n in range(archive.MOST_MEMBERS + 5)}))


def parts(packed: bytes) -> list[tuple[str, bytes]]:
    """Return the members with their contents, the digest included."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as file:
        return [(info.name, file.extractfile(info).read()) for info in file]
