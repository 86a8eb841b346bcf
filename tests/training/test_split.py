import hashlib
import shutil
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.contract.errors import DatasetError, InputError
from tests.training.pictures import write_dataset
from training.dataset import Sample, own_group, scan
from training.families import Join, join
from training.split import split


def samples(groups: dict[str, dict[str, int]]) -> list[Sample]:
    """Make samples: group name -> {label: count}."""
    return [
        Sample(f"{label}/{group}-{i}.jpg", label, group, f"{group}{label}{i}".ljust(64, "0"))
        for group, counts in groups.items()
        for label, count in counts.items()
        for i in range(count)
    ]


def test_moving_the_dataset_keeps_the_split(tmp_path):
    here = write_dataset(tmp_path / "here", 30)
    first = {row.sha256: row.part for row in split(scan(here).samples, 20, 20)}
    there = tmp_path / "quite" / "elsewhere"
    shutil.move(here, there)
    for path in sorted((there / "fire").iterdir()):
        path.rename(path.with_name(f"renamed-{path.name}"))
    assert {row.sha256: row.part for row in split(scan(there).samples, 20, 20)} == first


def test_adding_pictures_moves_no_other(tmp_path):
    folder = write_dataset(tmp_path / "d", 40)
    before = {row.sha256: row.part for row in split(scan(folder).samples, 20, 20)}
    write_dataset(tmp_path / "more", 20, seed=1)
    for label in ("fire", "smoke", "misc"):
        for path in (tmp_path / "more" / label).iterdir():
            shutil.copy(path, folder / label / f"new-{path.name}")
    after = {row.sha256: row.part for row in split(scan(folder).samples, 20, 20)}
    assert len(after) == 180
    assert {sha256: after[sha256] for sha256 in before} == before


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.text("abcdef", min_size=1, max_size=3),
        st.tuples(st.integers(1, 9), st.integers(0, 9)),
        min_size=8,
        max_size=30,
    )
)
def test_a_group_is_never_on_two_sides(sizes):
    given = {name: {"fire": a, "misc": b} for name, (a, b) in sizes.items()}
    try:
        rows = split(samples(given), 15, 15)
    except DatasetError:
        return
    for name in given:
        assert len({row.part for row in rows if row.group == name}) == 1


def test_each_part_has_every_class_and_about_its_share():
    groups = {f"room{i}": {"fire": 5, "misc": 7, "smoke": 3 if i % 2 else 0} for i in range(30)}
    rows = split(samples(groups), 20, 10)
    for part, share in (("testing", 0.2), ("validation", 0.1)):
        counts = Counter(row.label for row in rows if row.part == part)
        assert set(counts) == {"fire", "misc", "smoke"}
        assert share / 2 < counts.total() / len(rows) < 2 * share


def test_percentages_that_leave_nothing_are_refused():
    with pytest.raises(InputError, match="leave no pictures"):
        split(samples({"a": {"fire": 9}, "b": {"misc": 9}}), 60, 40)


def test_a_class_of_one_group_cannot_be_tested():
    with pytest.raises(DatasetError, match="smoke has no picture left"):
        split(samples({f"g{i}": {"fire": 4} for i in range(9)} | {"s": {"smoke": 9}}), 10, 10)


def family_of(picture: Sample, copies: int) -> list[Sample]:
    """Return near duplicates of a picture, joined to it."""
    given = [picture] + [
        Sample(
            f"{picture.label}/copy{i}-{picture.sha256[:8]}.jpg",
            picture.label,
            own_group(sha256),
            sha256,
        )
        for i in range(copies)
        if (sha256 := hashlib.sha256(f"{picture.sha256}{i}".encode()).hexdigest())
    ]
    return list(join(given, [Join(0, i + 1, 2) for i in range(copies)]).samples)


def singles(label: str, count: int) -> list[Sample]:
    hashes = [hashlib.sha256(f"{label}{i}".encode()).hexdigest() for i in range(count)]
    return [Sample(f"{label}/{i}.jpg", label, own_group(h), h) for i, h in enumerate(hashes)]


def test_adding_near_duplicates_moves_no_picture_but_their_own_family():
    given = singles("fire", 80) + singles("misc", 80)
    before = {row.sha256: row.part for row in split(given, 20, 20)}
    for picture in given[::7]:
        more = [one for one in given if one is not picture] + family_of(picture, 2)
        after = {row.sha256: row.part for row in split(more, 20, 20)}
        assert {s: part for s, part in after.items() if s in before and s != picture.sha256} == {
            s: part for s, part in before.items() if s != picture.sha256
        }


def test_near_duplicates_stay_on_one_side():
    given = [one for picture in singles("fire", 60) for one in family_of(picture, 1)]
    given += singles("misc", 60)
    rows = split(given, 20, 20)
    parts = {row.group: {r.part for r in rows if r.group == row.group} for row in rows}
    assert all(len(sides) == 1 for sides in parts.values())
    assert len(parts) == 120
    assert {row.part for row in rows} == {"training", "validation", "testing"}


def test_a_large_family_does_not_fill_the_test():
    given = singles("fire", 60) + singles("misc", 60)
    for number in range(12):
        given += family_of(singles(f"scene{number}", 1)[0], 9)
    given = [replace(s, label="fire") if s.label.startswith("scene") else s for s in given]
    rows = split(given, 10, 10)
    for part in ("testing", "validation"):
        share = sum(r.part == part for r in rows if r.label == "fire") / 180
        assert share <= 0.25
