"""Evidence on disk: its quota, its names, and who tries to read something else by it."""

from datetime import UTC, datetime, timedelta

import pytest

from edge.contract.errors import InputError
from edge.store.batch import FileBatch
from edge.store.evidence import Evidence
from edge.store.kept import KeptPictures
from edge.store.picture import Picture
from edge.store.ring import PictureRing

NOW = datetime(2026, 11, 22, 1, 2, 3, 456789, tzinfo=UTC)


def picture(number=0, size=100, seconds=0.0):
    at = NOW + timedelta(seconds=seconds)
    return Picture(at, seconds, number, bytes([number % 256]) * size, {"fire": 0.8}, "alarm")


class Written(Evidence):
    """Evidence whose every picture is committed by itself."""

    def put(self, event, picture):
        batch = FileBatch()
        name = self.write(event, picture, batch)
        batch.commit()
        return name


@pytest.fixture
def evidence(tmp_path):
    return Written(tmp_path / "evidence", 1000)


def keep(kept, kind, picture, about=None):
    batch = FileBatch()
    path = kept.write(kind, picture, about or {}, batch)
    batch.commit()
    return path


def test_a_picture_is_found_by_its_event_and_read_back(evidence):
    name = evidence.put(42, picture(7))
    assert name == "e00000042-20261122T010203.456Z-7.jpg"
    (found,) = Evidence(evidence.folder).list(42)
    assert (found.name, found.event, found.size_bytes) == (name, 42, 100)
    assert found.at == NOW.replace(microsecond=456000)
    with evidence.open(name) as file:
        assert file.read() == picture(7).jpeg
    assert evidence.list(41) == []


def test_the_oldest_go_first_and_the_quota_holds(evidence):
    for event in range(1, 30):
        evidence.put(event, picture(event, 300))
        assert sum(file.stat().st_size for file in evidence.folder.iterdir()) <= 1000
    assert [one.event for one in evidence.list()] == [27, 28, 29]


def test_the_newest_alarms_pictures_are_never_removed_for_more_of_it(evidence):
    names = [evidence.put(5, picture(n, 300, n)) for n in range(6)]
    assert names[3:] == [None] * 3
    assert [one.name for one in evidence.list()] == names[:3]


def test_an_older_alarms_late_picture_removes_nothing_of_a_newer_one(evidence):
    for number in range(3):
        evidence.put(9, picture(number, 300, number))
    assert evidence.put(8, picture(0, 300)) is None
    assert len(evidence.list(9)) == 3


def test_a_clock_that_went_back_does_not_make_the_newest_alarm_the_oldest(evidence):
    evidence.put(1, picture(0, 600, 1000.0))
    evidence.put(2, picture(1, 600, 0.0))
    assert [one.event for one in evidence.list()] == [2]


def test_the_quota_counts_what_was_there_before_a_restart(evidence):
    for event in (1, 2, 3):
        evidence.put(event, picture(event, 300))
    again = Written(evidence.folder, 1000)
    again.put(4, picture(4, 300))
    assert [one.event for one in again.list()] == [2, 3, 4]


@pytest.mark.parametrize(
    "name",
    [
        "../latch.json",
        "..%2flatch.json",
        "/etc/passwd",
        "e00000042-20261122T010203.456Z-7.jpg/../../latch.json",
        "e00000042-20261122T010203.456Z-7.jpg\n",
        "e00000042-20261122T010203.456Z-7.jpg\0.png",
        "E00000042-20261122T010203.456Z-7.jpg",
        ".e00000042-20261122T010203.456Z-7.abcdefgh.jpg",
        "e٠٠٠٠٠٠٤٢-20261122T010203.456Z-7.jpg",
        "latch.json",
        ".",
        "",
    ],
)
def test_no_other_file_is_read_whatever_the_name(evidence, tmp_path, name):
    evidence.put(42, picture(7))
    (tmp_path / "latch.json").write_text("secret")
    (evidence.folder / "latch.json").write_text("secret")
    with pytest.raises(InputError):
        evidence.open(name)


def test_a_link_in_the_folder_leads_nowhere(evidence, tmp_path):
    evidence.put(1, picture(1))
    (tmp_path / "secret").write_text("secret")
    name = "e00000042-20261122T010203.456Z-7.jpg"
    (evidence.folder / name).symlink_to(tmp_path / "secret")
    with pytest.raises(InputError):
        evidence.open(name)
    assert name not in [one.name for one in evidence.list()]


def test_no_folder_yet_is_no_evidence(tmp_path):
    assert Evidence(tmp_path / "none").list() == []


def test_other_files_in_the_folder_are_left_alone(evidence):
    evidence.folder.mkdir()
    (evidence.folder / "notes.txt").write_text("x" * 5000)
    for event in range(1, 9):
        evidence.put(event, picture(event, 300))
    assert (evidence.folder / "notes.txt").exists()


def test_kept_pictures_lie_beside_what_is_known_of_them(tmp_path):
    kept = KeptPictures(tmp_path / "kept", 10_000)
    path = keep(kept, "false-alarm", picture(7), {"by": "anna", "model": "abc"})
    assert path.parent.name == "false-alarm"
    assert path.read_bytes() == picture(7).jpeg
    note = path.with_suffix(".json").read_text()
    for word in ("false-alarm", "2026-11-22T01:02:03.456+00:00", "0.8", "anna", "abc"):
        assert word in note


def test_kept_pictures_are_never_removed_for_newer_ones(tmp_path):
    kept = KeptPictures(tmp_path / "kept", 2000)
    paths = [keep(kept, "missed", picture(n, 500, n)) for n in range(6)]
    assert paths[0].exists()
    assert paths[-1] is None
    assert keep(kept, "false-alarm", picture(0, 500)) is not None
    assert keep(KeptPictures(tmp_path / "kept", 2000), "missed", picture(9, 1500)) is None


@pytest.mark.parametrize("kind", ["..", "a/b", "", "Missed", "a" * 40, "missed\n"])
def test_a_kind_is_a_plain_word_and_no_path(tmp_path, kind):
    with pytest.raises(InputError):
        keep(KeptPictures(tmp_path / "kept", 2000), kind, picture())
    assert list(tmp_path.rglob("*.jpg")) == []


def test_the_ring_forgets_by_seconds_and_by_bytes():
    ring = PictureRing(10.0, 1000)
    for second in range(30):
        ring.add(picture(second, 10, float(second)))
    assert [one.now_s for one in ring.since(0.0)] == [float(s) for s in range(19, 30)]
    for second in range(30, 40):
        ring.add(picture(second, 300, float(second)))
        assert ring.size_bytes <= 1000
    assert [one.now_s for one in ring.since(0.0)] == [37.0, 38.0, 39.0]


def test_one_picture_larger_than_the_ring_is_not_kept_and_breaks_nothing():
    ring = PictureRing(10.0, 1000)
    assert not ring.add(picture(0, 2000))
    assert ring.add(picture(1, 500, 1.0))
    assert ring.size_bytes == 500


def test_a_batch_shows_whole_files_or_none(tmp_path):
    batch = FileBatch()
    batch.add(tmp_path / "new" / "a.jpg", b"a")
    batch.add(tmp_path / "new" / "b.jpg", b"b")
    assert list((tmp_path / "new").glob("[!.]*")) == []
    batch.commit()
    assert (tmp_path / "new" / "b.jpg").read_bytes() == b"b"
    dropped = FileBatch()
    dropped.add(tmp_path / "new" / "c.jpg", b"c")
    dropped.drop()
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.jpg", "b.jpg"]
