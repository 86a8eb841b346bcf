import shutil
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge.contract.errors import DatasetError, InputError
from tests.training.pictures import write_dataset
from training.dataset import Sample, scan
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
