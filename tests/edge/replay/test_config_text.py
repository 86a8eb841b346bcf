"""A tuned configuration: the rules change, and nothing else."""

import dataclasses
from pathlib import Path

import pytest

from edge.alarm.rules import AlarmRules
from edge.config.config import Config
from edge.config.example import example_config
from edge.replay.config_text import tuned_config, with_rules

RULES = AlarmRules(raise_at=0.8, clear_at=0.533, k=5, n=8, smoothing=0.5)
LEAST = '[model]\nbundle = "m.ember"\n[camera]\npath = "c.mp4"\n'
HERE = Path("/srv")


@pytest.mark.parametrize(
    "text",
    [
        LEAST,
        LEAST + "[alarm]\n",
        LEAST + '[alarm]  # mine\nhazard = ["fire"]\n  k = 2   # two\n',
        LEAST + "[alarm]\nlatch = false\n[store]\nfolder = 'x'\n",
        "[alarm]\nraise_at=0.9 # high\n" + LEAST,
        example_config(),
    ],
)
def test_only_the_tuned_keys_change(text):
    before = Config.from_toml(text, HERE)
    after = Config.from_toml(with_rules(text, RULES, "because\nof this"), HERE)
    tuned = {key: getattr(RULES, key) for key in ("raise_at", "clear_at", "k", "n", "smoothing")}
    assert after == dataclasses.replace(before, alarm=dataclasses.replace(before.alarm, **tuned))


def test_comments_stay_and_the_reason_is_written():
    text = with_rules(LEAST + "[alarm]\nk = 2   # two of them\n", RULES, "because\nof this")
    assert "k = 5   # two of them\n" in text
    assert "[alarm]\n# because\n# of this\n" in text


def test_tuning_twice_leaves_one_of_each_key():
    once = with_rules(example_config(), RULES, "a")
    twice = with_rules(once, RULES, "a")
    alarm = twice[twice.index("[alarm]") :]
    assert alarm[: alarm.index("\n\n")].count("\nraise_at") == 1


def test_without_a_configuration_the_example_gets_the_model():
    config = Config.from_toml(LEAST.replace("m.ember", "odd \\\\1 name.ember"), HERE)
    read = Config.from_toml(tuned_config(None, config, RULES, "why"), HERE)
    assert read.model.bundle == config.model.bundle
    assert read.alarm.k == 5
