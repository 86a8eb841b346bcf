"""The configuration: what it means, and what each mistake in it is told."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.config.config import Config, sections
from edge.config.example import example_config
from edge.contract.errors import ConfigError

EXAMPLE = example_config()

HERE = Path("/srv/watch")
LEAST = '[model]\nbundle = "m.ember"\n[camera]\npath = "c.mp4"\n'


def read(text: str) -> Config:
    return Config.from_toml(text, HERE)


def test_the_example_says_the_defaults():
    example = read(EXAMPLE)
    least = read('[model]\nbundle = "fire.ember"\n')
    assert example == least


def test_the_example_knows_every_key():
    keys = set(re.findall(r"^(?:# ){0,2}(\w+) = ", EXAMPLE, re.MULTILINE))
    settings = (section for section, _many in sections(Config).values())
    assert keys == {name for section in settings for name in section.__dataclass_fields__}


@pytest.mark.parametrize("name", [name for name, (_, many) in sections(Config).items() if many])
def test_a_table_of_the_example_holds_once_its_comment_marks_are_taken_off(name):
    start = EXAMPLE.index(f"# [[{name}]]")
    table = EXAMPLE[start : EXAMPLE.index("\n\n", start)]
    lines = [re.sub(r"^(?:# ){0,2}(?=\w+ = |\[\[)", "", line) for line in table.splitlines()]
    least = '[model]\nbundle = "m.ember"\n[camera]\npath = "c.mp4"\n'
    read_one = Config.from_toml(least + "\n".join(lines), HERE)
    assert len(getattr(read_one, name)) == 1


def test_relative_paths_are_relative_to_the_file(tmp_path):
    file = tmp_path / "watch.toml"
    file.write_text(LEAST + '[store]\nfolder = "/var/lib/ember"\n')
    config = Config.read(file)
    assert config.model.bundle == tmp_path / "m.ember"
    assert config.camera.path == tmp_path / "c.mp4"
    assert config.store.events == Path("/var/lib/ember/events.sqlite")
    assert read(LEAST).store.events == HERE / "state" / "events.sqlite"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (LEAST + "[alarm]\nraise_att = 0.5\n", r"\[alarm\] has no key 'raise_att'.*'raise_at'"),
        (LEAST + "[alarn]\nk = 2\n", r"no section \[alarn\].*did you mean 'alarm'"),
        (LEAST + "zzz = 1\n", r"\[camera\] has no key 'zzz'; expected one of the keys path, kind"),
        ("k = 2\n" + LEAST, r"no section \[k\]"),
        ("alarm = 2\n" + LEAST, r"alarm is not a section; found 2; expected \[alarm\]"),
        ("store = 2\n" + LEAST, r"store is not a section"),
        (LEAST + "[alarm]\nk = 2.5\n", r"\[alarm\] k is of the wrong type; found 2.5"),
        (LEAST + "[alarm]\nk = true\n", r"\[alarm\] k is of the wrong type; found True"),
        (LEAST + "[alarm]\nlatch = 1\n", r"latch.*found 1; expected true or false"),
        (LEAST + '[alarm]\nhazard = "fire"\n', r"hazard.*expected a list of strings"),
        (LEAST + "[alarm]\nhazard = [1]\n", r"hazard.*found 1; expected a string"),
        (LEAST + "[alarm]\nraise_at = 60\n", r"\[alarm\] raise_at is out of range; found 60.0"),
        (LEAST + "[outputs]\nsiren = 22\n", r"siren and trouble are on the same line"),
        (LEAST + "[outputs]\nsiren = 40\n", r"siren is out of range; found 40.*0 to 27"),
        (LEAST + 'kind = "rtsp"\n', r'kind.*found \'rtsp\'; expected "auto" or "picamera" or'),
        (LEAST + "fps = 5\n", r'fps is not for kind = "clip"; expected fps with .* or "folder"'),
        (LEAST + "max_fps = 0\n", r"max_fps is out of range"),
        ('[camera]\npath = "c"\n', r"\[model\] lacks 'bundle'; expected a path in quotes"),
        ('[model]\nbundle = ""\n[camera]\npath = "c"\n', r"bundle is of the wrong type"),
        ("[model\n", r"not TOML: .*line 1"),
    ],
)
def test_each_mistake_is_named(text, says):
    with pytest.raises(ConfigError) as caught:
        read(text)
    assert re.search(says, caught.value.line()), caught.value.line()
    assert caught.value.exit_code == 2


def test_the_file_is_named(tmp_path):
    file = tmp_path / "watch.toml"
    file.write_text("[model]\nbundel = 'x'\n")
    with pytest.raises(ConfigError, match=r"watch\.toml: \[model\] has no key"):
        Config.read(file)
    with pytest.raises(ConfigError, match=r"No such file.*--example-config"):
        Config.read(tmp_path / "none.toml")
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot read"):
        Config.read(file)


@given(st.text(max_size=200))
def test_no_text_makes_anything_but_a_configuration_or_a_clear_error(text):
    for whole in (text, LEAST + text):
        try:
            read(whole)
        except ConfigError as error:
            assert "\n" not in error.line()
