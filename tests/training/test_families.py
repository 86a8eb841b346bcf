import random

from training.dataset import Sample, is_scene, own_group
from training.families import FEW, Join, join


def sample(number: int, label: str = "fire", group: str = "", file: str = "") -> Sample:
    sha256 = f"{number * 2654435761 % 2**32:08x}".ljust(64, "0")
    return Sample(file or f"{label}/{number}.jpg", label, group or own_group(sha256), sha256)


def groups(found) -> list[str]:
    return [one.group for one in found.samples]


def test_near_duplicates_share_a_group_and_others_keep_theirs():
    given = [sample(i) for i in range(4)]
    found = join(given, [Join(0, 2, 4)])
    one, two, three, four = groups(found)
    assert one == three == min(given[0].group, given[2].group)
    assert (two, four) == (given[1].group, given[3].group)


def test_names_that_differ_only_after_nohash_share_a_group():
    names = ["fire/a_nohash_1.jpg", "fire/a_nohash_2.jpg", "fire/a.jpg", "fire/ab.jpg"]
    found = join([sample(i, file=name) for i, name in enumerate(names)])
    assert len(set(groups(found)[:3])) == 1
    assert groups(found)[3] != groups(found)[0]


def test_nohash_names_of_two_folders_are_two_families():
    names = ["fire/a_nohash_1.jpg", "misc/a_nohash_2.jpg"]
    assert len(set(groups(join([sample(i, file=name) for i, name in enumerate(names)])))) == 2


def test_the_same_picture_in_two_classes_is_one_family():
    given = [sample(1, "fire"), sample(1, "misc", "room")]
    assert groups(join(given)) == ["room", "room"]


def test_a_single_picture_takes_the_name_of_the_scene_that_it_is_like():
    given = [sample(1), sample(2, group="room"), sample(3)]
    found = join(given, [Join(0, 1, 6), Join(0, 2, 2)])
    assert groups(found) == ["room"] * 3
    assert found.sizes == {}


def test_two_scenes_are_reported_and_never_joined():
    given = [sample(1, group="room"), sample(2, group="yard"), sample(3)]
    found = join(given, [Join(0, 1, 8), Join(2, 0, 4), Join(2, 1, 2)])
    # The third picture goes where it is nearest.
    assert groups(found) == ["room", "yard", "yard"]
    (between,) = found.between
    assert (between.groups, between.distance, between.pairs) == (("room", "yard"), 4, 2)


def test_the_order_of_the_files_changes_no_family():
    given = [sample(i, group="room" if i % 9 == 0 else "") for i in range(40)]
    rng = random.Random(0)
    joins = [Join(*rng.sample(range(40), 2), rng.randrange(0, 11, 2)) for _ in range(15)]
    before = {one.file: one.group for one in join(given, joins).samples}
    order = rng.sample(range(40), 40)
    place = {index: at for at, index in enumerate(order)}
    moved = [Join(place[one.second], place[one.first], one.distance) for one in joins]
    rng.shuffle(moved)
    after = join([given[i] for i in order], moved).samples
    assert {one.file: one.group for one in after} == before


def test_a_chain_of_weak_likeness_does_not_glue_a_class_together():
    given = [sample(i, "fire") for i in range(60)] + [sample(100 + i, "misc") for i in range(60)]
    # Ten frames of each scene are alike; the scenes hang together by one weak pair each.
    joins = [Join(i, i + 1, 2 if i % 10 != 9 else 10) for i in range(59)]
    found = join(given, joins)
    assert found.cut == (60,)
    assert sorted(found.sizes.values()) == [10] * 6


def test_a_small_family_is_never_cut():
    given = [sample(i, "fire") for i in range(FEW)] + [sample(50, "misc")]
    found = join(given, [Join(i, i + 1, 10) for i in range(FEW - 1)])
    assert (found.cut, list(found.sizes.values())) == ((), [FEW])


def test_a_large_family_by_name_is_kept_whole():
    given = [sample(i, file=f"fire/a_nohash_{i}.jpg") for i in range(30)]
    found = join([*given, sample(99, "misc")])
    assert (found.cut, list(found.sizes.values())) == ((), [30])


def test_no_joins_change_nothing():
    given = [sample(1), sample(2, group="room")]
    found = join(given)
    assert list(found.samples) == given
    assert [is_scene(group) for group in groups(found)] == [False, True]
