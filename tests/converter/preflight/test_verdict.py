"""Claims of the verdicts, on models made for the purpose and on files of other makers."""

import struct
from dataclasses import replace

import pytest

from converter.preflight.flatbuffer import operator_names, read_graph
from converter.preflight.model_graph import Use
from converter.preflight.profile import NAMES, Profile, Rule, Tried, rules_of
from converter.preflight.template_model import custom_model, template_model
from converter.preflight.verdict import judge, judge_recipe
from converter.recipes import RECIPES
from edge.contract.errors import InputError, MachineError
from tests.converter.preflight.mutations import FOREIGN

DENSE_HEAD = read_graph((FOREIGN / "dense_head.tflite").read_bytes())


@pytest.fixture(params=NAMES)
def profile(request: pytest.FixtureRequest) -> Profile:
    """Return each shipped profile."""
    return Profile.read(request.param)


def with_operator(name: str, version: int) -> bytes:
    """Return a model that lists an operator."""
    numbers = {name: number for number, name in operator_names().items()}
    template = template_model()
    model = bytearray(template.content)
    struct.pack_into("<b", model, template.byte_code_at, min(numbers[name], 127))
    struct.pack_into("<i", model, template.code_at, numbers[name])
    struct.pack_into("<i", model, template.version_at, version)
    return bytes(model)


def test_the_highest_known_version_passes_and_the_next_is_refused(profile: Profile) -> None:
    for name in ("CONV_2D", "FULLY_CONNECTED", "DEPTHWISE_CONV_2D", "BROADCAST_TO"):
        highest = profile.operators[name]
        assert judge(read_graph(with_operator(name, highest)), profile).passes
        verdict = judge(read_graph(with_operator(name, highest + 1)), profile)
        assert verdict.word == "refuses"
        assert verdict.findings[0].what == f"{name} version {highest + 1}"
        assert f"up to version {highest}" in verdict.findings[0].why


def test_a_version_below_the_lowest_known_one_is_refused(profile: Profile) -> None:
    lowest = profile.since["BROADCAST_TO"]
    verdict = judge(read_graph(with_operator("BROADCAST_TO", lowest - 1)), profile)
    assert f"from version {lowest}" in verdict.findings[0].why


def test_the_dynamic_dense_layer_is_refused_for_bookworm_and_int8_named_instead() -> None:
    graph = read_graph(with_operator("FULLY_CONNECTED", 12))
    verdict = judge(graph, Profile.read("bookworm64"))
    assert not verdict.passes and verdict.instead == "int8"
    error = str(verdict.refusal("a.tflite"))
    assert "FULLY_CONNECTED version 12" in error and "use --recipe int8" in error
    assert judge(graph, Profile.read("trixie")).passes


def test_flex_and_foreign_custom_operators_are_refused_and_built_in_ones_pass(
    profile: Profile,
) -> None:
    flex = judge(read_graph(custom_model("FlexConv2D")), profile)
    assert "Flex delegate" in flex.findings[0].why
    foreign = judge(read_graph(custom_model("edgetpu-custom-op")), profile)
    assert "custom operator" in foreign.findings[0].why
    assert judge(read_graph(custom_model("TFLite_Detection_PostProcess")), profile).passes


def test_the_dense_head_that_kills_aarch64_is_said_to_kill_it() -> None:
    verdict = judge(DENSE_HEAD, Profile.read("bookworm64"))
    assert verdict.word == "crashes"
    assert "int8 per-channel FULLY_CONNECTED" in verdict.findings[0].what
    assert "SIGSEGV" in verdict.findings[0].why
    assert judge(DENSE_HEAD, Profile.read("trixie")).passes


def test_an_unknown_tensor_type_is_refused() -> None:
    profile = Profile.read("bookworm64")
    poorer = replace(profile, dtypes=tuple(set(profile.dtypes) - {"uint8"}))
    assert judge(DENSE_HEAD, poorer).findings[0].what == "tensors of uint8"


def test_a_model_larger_than_the_board_is_refused() -> None:
    profile = Profile.read("bookworm64")
    small = replace(profile, target=replace(profile.target, memory_mb=16), rules=())
    verdict = judge(DENSE_HEAD, small)
    assert "memory" in verdict.findings[0].what and "smaller model" in str(verdict.refusal("m"))


def test_a_model_for_a_newer_runtime_is_advised_against_by_its_own_words() -> None:
    newer = replace(DENSE_HEAD, min_runtime_version="2.17.0")
    profile = replace(Profile.read("bookworm64"), rules=())
    verdict = judge(newer, profile)
    assert verdict.passes and verdict.word == "advised against"
    assert "--force" in str(verdict.refusal("m"))
    assert judge(newer, replace(profile, runtime_version="2.17.0")).findings == ()
    assert judge(newer, replace(Profile.read("trixie"), rules=())).findings == ()


def test_a_recipe_alone_decides_where_it_can() -> None:
    old, new = Profile.read("bookworm64"), Profile.read("trixie")
    assert judge_recipe(RECIPES["dynamic"], old).word == "advised against"
    assert not judge_recipe(RECIPES["dynamic"], new).findings
    assert not judge_recipe(RECIPES["int8"], old).findings


def test_a_target_that_nobody_knows_is_one_clear_error() -> None:
    with pytest.raises(InputError, match="no target is called 'bullseye'.*bookworm64"):
        Profile.read("bullseye")


def test_a_damaged_profile_is_one_clear_error(tmp_path) -> None:
    (tmp_path / "trixie.json").write_text('{"schema": 1, "target": {}}')
    with pytest.raises(MachineError, match="profile trixie.json is damaged"):
        Profile.read("trixie", tmp_path)


def test_a_profile_is_written_and_read_back(profile: Profile, tmp_path) -> None:
    profile.write(tmp_path)
    assert Profile.read(profile.name, tmp_path) == profile


def test_the_shipped_rules_are_those_of_the_shipped_table(profile: Profile) -> None:
    assert rules_of(profile.tried) == profile.rules


def test_no_rule_speaks_against_what_was_seen_to_run(profile: Profile) -> None:
    for row in profile.tried:
        for inputs, outputs in row.cells if row.result == "runs" else ():
            use = Use(row.operator, row.form, row.bias, inputs, outputs)
            assert not any(rule.holds(use) for rule in profile.rules), use


def test_every_use_that_was_seen_to_die_is_under_a_rule(profile: Profile) -> None:
    for row in profile.tried:
        for inputs, outputs in row.cells if row.result in ("crashed", "wrong") else ():
            use = Use(row.operator, row.form, row.bias, inputs, outputs)
            assert any(rule.holds(use) for rule in profile.rules), use


def test_a_rule_by_size_is_found_between_the_dead_and_the_living() -> None:
    dead = tuple((i, o) for i in (4, 16) for o in (2, 3)) + ((4, 8),)
    living = ((16, 4), (16, 8), (64, 4))
    (rule,) = rules_of([_row("crashed", dead), _row("runs", living)])
    assert (rule.fewer_outputs, rule.fewer_inputs) == (4, 16)
    assert rule.holds(Use("OP", "int8", None, 10, 9)) and not _holds(rule, 64, 100)


def test_where_no_size_tells_them_apart_all_are_meant() -> None:
    (rule,) = rules_of([_row("crashed", ((8, 3), (8, 5))), _row("runs", ((8, 4), (16, 2)))])
    assert _holds(rule, 8, 4) and _holds(rule, 100, 100)


def _row(result: str, cells: tuple[tuple[int, int], ...]) -> Tried:
    return Tried("OP", "int8", None, result, "", ("int8",), cells)


def _holds(rule: Rule, inputs: int, outputs: int) -> bool:
    return rule.holds(Use("OP", "int8", None, inputs, outputs))
