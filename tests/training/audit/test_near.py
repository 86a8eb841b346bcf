import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.training.audit.scenery import scenery
from training.audit import near
from training.audit.likeness import MANY, survey
from training.audit.near import Pairs, candidates, forest
from training.audit.perceptual_hash import hashes
from training.dataset import Sample, own_group


def pairs_of(found: Pairs) -> set[tuple[int, int]]:
    return set(zip(found.first.tolist(), found.second.tolist(), strict=True))


def near_pairs(bits) -> set[tuple[int, int]]:
    found = [block.pairs.chosen(block.near) for block in candidates(np.stack(bits))]
    return pairs_of(Pairs.joined(found))


def samples(count: int, groups=None) -> list[Sample]:
    contents = [f"{i:016}".ljust(64, "0") for i in range(count)]
    return [
        Sample(f"a/{i}.jpg", "ab"[i % 2], (groups or {}).get(i, own_group(one)), one)
        for i, one in enumerate(contents)
    ]


def test_a_resized_a_compressed_a_grey_and_a_mirrored_copy_are_near():
    picture = scenery(1, (400, 300))
    tiny = picture.resize((120, 100)).quantize(32).convert("RGB")
    grey = picture.convert("L").convert("RGB")
    mirrored = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    all_of = [hashes(one) for one in (picture, tiny, grey, mirrored)]
    assert near_pairs(all_of) == {(i, j) for i in range(4) for j in range(i + 1, 4)}


def test_a_stamped_copy_is_near():
    picture = scenery(1, (400, 300))
    stamped = picture.copy()
    stamped.paste((255, 255, 255), (250, 275, 400, 300))
    assert near_pairs([hashes(picture), hashes(stamped)]) == {(0, 1)}


def test_unlike_pictures_are_not_near():
    assert near_pairs([hashes(scenery(seed)) for seed in range(200)]) == set()


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 300))
def test_blocks_find_what_every_pair_compared_by_itself_finds(seed, count):
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2**63, (count, 4), np.uint64)
    # Some copies with a few bits changed, plain and mirrored.
    for _ in range(count):
        a, b = rng.integers(0, count, 2)
        order = [0, 1, 2, 3] if rng.random() < 0.5 else [2, 3, 0, 1]
        noise = np.uint64(sum(1 << int(bit) for bit in rng.integers(0, 63, rng.integers(0, 14))))
        bits[a] = bits[b][order] ^ noise
    wanted = set()
    for i in range(count):
        for j in range(i + 1, count):
            for phash, dhash in ((0, 1), (2, 3)):
                far = int(bits[i, 0] ^ bits[j, phash]).bit_count()
                farther = int(bits[i, 1] ^ bits[j, dhash]).bit_count()
                if any(far <= a and farther <= b for a, b in near.LIMITS):
                    wanted.add((i, j))
    assert near_pairs(bits) == wanted


def test_a_forest_joins_the_same_pictures_at_every_distance():
    rng = np.random.default_rng(0)
    first, second = np.triu_indices(40, 1)
    chosen = rng.random(len(first)) < 0.15
    first, second = first[chosen], second[chosen]
    distance = rng.integers(0, 11, len(first))
    pairs = Pairs(first, second, distance, rng.random(len(first)) < 0.3)
    thin = forest(pairs, 40)
    assert len(thin) < len(pairs)
    assert pairs_of(thin) <= pairs_of(pairs)
    for limit in range(11):
        parts = [_parts(one.chosen(one.distance <= limit)) for one in (pairs, thin)]
        assert parts[0] == parts[1]
    mirrored = {(i, j): m for i, j, m in zip(first, second, pairs.mirrored, strict=True)}
    kept = zip(thin.first, thin.second, thin.mirrored, strict=True)
    assert all(mirrored[i, j] == m for i, j, m in kept)


def _parts(pairs: Pairs) -> set[frozenset[int]]:
    parts = {i: frozenset([i]) for i in range(40)}
    for i, j in pairs_of(pairs):
        union = parts[i] | parts[j]
        parts |= dict.fromkeys(union, union)
    return set(parts.values())


def test_pairs_inside_a_scene_are_counted_and_join_nothing():
    one = hashes(scenery(1))
    found = survey(samples(4, {0: "room", 1: "room"}), [one, one, hashes(scenery(2)), None])
    assert (found.counts["in_scenes"], found.counts["in_scenes_across"]) == (1, 1)
    assert len(found.links) == 0
    assert found.flat == (3,)


def test_a_large_group_of_unlike_pictures_is_a_collection_and_its_copies_are_found():
    bits = [hashes(scenery(seed)) for seed in range(10)]
    bits[3] = bits[5]
    groups = dict.fromkeys(range(8), "web")
    found = survey(samples(10, groups), bits)
    assert found.collections == ("web",)
    assert pairs_of(found.within) == {(3, 5)}


def test_a_large_group_of_like_pictures_is_a_scene():
    bits = [hashes(scenery(0))] * 8 + [hashes(scenery(1)), hashes(scenery(2))]
    found = survey(samples(10, dict.fromkeys(range(8), "yard")), bits)
    assert found.collections == ()
    assert found.counts["in_scenes"] == 28


def test_a_thousand_equal_frames_join_by_few_pairs():
    found = survey(samples(1000), [hashes(scenery(0))] * 1000)
    assert found.counts["across"] + found.counts["within"] == 1000 * 999 // 2
    assert len(found.links) < MANY
    joined = {0}
    for i, j in sorted(pairs_of(found.links)):
        if joined & {i, j}:
            joined |= {i, j}
    assert len(joined) == 1000
