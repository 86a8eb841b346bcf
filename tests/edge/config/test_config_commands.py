"""`emberwatch-edge config`: mistakes, advice, explanations, and no secret in any of them."""

import json
from pathlib import Path

import pytest

from edge.config.config import Config, sections
from edge.config.keys import every_key, find_keys
from edge.config.mistakes import mistakes
from edge.config.shown import shown
from edge.contract.errors import ConfigError, InputError

NEEDED = '[model]\nbundle = "tiny.ember"\n[camera]\npath = "clip.mp4"\n'
WORD = "hunter2-and-more"


def told(text: str, folder: Path = Path("/nowhere")) -> list[str]:
    return [error.line() for error in mistakes(text, folder)]


def test_every_mistake_is_told_at_once():
    lines = told(
        "[model]\nbundle = 3\nthreads = 0\n"
        '[camera]\npth = "x.mp4"\nkind = "webcam"\n'
        "[alarm]\nraise_at = 1.5\nk = 9\nn = 5\nlatsh = true\n"
        '[outputs]\nbeacon = 17\nactive_high = "no"\n'
        "[otputs]\nx = 1\n"
        '[[zones]]\nname = "a"\n'
    )
    wanted = [
        "[model] bundle", "[model] threads", "'pth'; did you mean 'path'", "[camera] kind",
        "'latsh'; did you mean 'latch'", "[alarm] raise_at", "[alarm] k", "active_high",
        "GPIO 17 twice", "did you mean 'outputs'", "[zones 1] lacks 'points'",
    ]  # fmt: skip
    assert [word for word in wanted if not any(word in line for line in lines)] == []
    assert len(lines) == len(wanted)


def test_what_is_left_out_of_a_section_that_must_be_there_is_told():
    assert any("[model] lacks 'bundle'" in line for line in told("[camera]\n"))


def test_sections_that_contradict_each_other_are_told():
    assert (
        "the reset button are on the same line"
        in told(NEEDED + "[outputs]\nsiren = 6\n[buttons]\nreset = 6\n")[0]
    )


@pytest.mark.parametrize(
    "text", ["[model", "zones = 3\n" + NEEDED, "model = 3\n", "[[model]]\n", 'camera = "x"\n']
)
def test_whatever_stands_in_the_file_is_a_mistake_and_no_crash(text):
    assert told(text)


def test_there_is_no_mistake_exactly_where_the_watch_takes_it(tmp_path):
    assert told(NEEDED) == []
    for key in every_key():
        text = f"[{key.section}]\n{key.field.name} = [[]]\n"
        with pytest.raises(ConfigError):
            Config.from_toml(text, tmp_path)
        assert told(text, tmp_path)


def secret_keys() -> list[tuple[str, str]]:
    return [(key.section, key.field.name) for key in every_key() if key.secret]


def test_there_are_secrets_to_keep():
    assert ("mqtt", "password") in secret_keys()
    assert ("camera", "url") in secret_keys()


@pytest.mark.parametrize("secret", secret_keys(), ids=".".join)
@pytest.mark.parametrize(
    "value",
    [f'"{WORD}"', f'["{WORD}"]', f'"ftp://me:{WORD}@host/"', f'"rtsp://me:{WORD}@10.0.0.9/1"',
     f'"rtsp://me:{WORD}@host:port/"', f'"http://{WORD}[/"'],
)  # fmt: skip
def test_no_mistake_and_no_explanation_tells_a_secret(secret, value, tmp_path):
    section, key = secret
    text = '[model]\nbundle = "tiny.ember"\n' + f"[{section}]\n{key} = {value}\n"
    assert WORD not in "\n".join(told(text, tmp_path))
    try:
        config = Config.from_toml(text, tmp_path)
    except ConfigError as error:
        assert WORD not in error.line()
        return
    assert WORD not in shown(config, text)
    assert WORD not in find_keys(f"{section}.{key}")[0].value(config)


def test_a_number_in_place_of_a_secret_is_not_told():
    assert "12345678" not in told(NEEDED + "[mqtt]\npassword = 12345678\n")[0]


def test_what_is_shown_is_what_is_in_force(tmp_path):
    text = NEEDED + "[alarm]\nk = 2\n[outputs]\nbuzzer = 23\n"
    config = Config.from_toml(text, tmp_path)
    again = shown(config, text)
    assert Config.from_toml(again, Path("/elsewhere")) == config
    assert "k = 2\n" in again and "n = 5" in again
    assert next(line for line in again.splitlines() if line.startswith("n = ")).endswith(
        "# default"
    )


def test_every_key_can_be_explained():
    keys = list(every_key())
    assert {key.section for key in keys} == set(sections(Config))
    for key in keys:
        assert key.words and key.kind and key.default, key.name
        assert key.range is None or key.range.strip(), key.name


@pytest.mark.parametrize(
    ("name", "range_", "default"),
    [
        ("alarm.raise_at", "above 0 and at most 1", "0.6"),
        ("outputs.siren", "a Broadcom GPIO number, 0 to 27", "17"),
        ("model.threads", "1 to 64", "2"),
        ("model.bundle", None, "none; it must be given"),
    ],
)
def test_a_range_is_told_in_the_words_of_its_check(name, range_, default):
    (key,) = find_keys(name)
    assert (key.range, key.default) == (range_, default)


def test_a_key_is_found_by_its_section_its_name_or_both():
    assert {key.name for key in find_keys("raise_at")} > {"alarm.raise_at", "sweep.raise_at"}
    assert [key.name for key in find_keys("[alarm] raise_at")] == ["alarm.raise_at"]
    assert {key.section for key in find_keys("[outputs]")} == {"outputs"}
    with pytest.raises(InputError, match="alarm.raise_at"):
        find_keys("alarm.raise_att")


def test_a_good_configuration_passes_with_its_warnings(site, run_edge):
    done = run_edge("config", "check", "watch.toml")
    assert done.returncode == 0, done.stderr
    assert "no mistake" in done.stdout and "recording" in done.stdout


def test_a_class_that_the_model_lacks_is_a_mistake(site, configure, run_edge):
    configure('[camera]\npath = "clip.mp4"\n[alarm]\nhazard = ["fire", "smok"]\n')
    done = run_edge("config", "check", "--json", "watch.toml")
    found = json.loads(done.stdout)
    assert done.returncode == 2
    assert len(found["mistakes"]) == 1 and "did you mean 'smoke'" in found["mistakes"][0]


@pytest.mark.parametrize("gone", ["tiny.ember", "clip.mp4"])
def test_a_file_that_is_not_there_is_a_mistake(site, run_edge, gone):
    (site / gone).unlink()
    done = run_edge("config", "check", "watch.toml")
    assert done.returncode == 2 and gone in done.stdout


def test_lines_that_would_sound_while_the_board_starts_are_warned_of(site, configure, run_edge):
    camera = '[camera]\npath = "clip.mp4"\n'
    configure(camera + "[outputs]\nsiren = 5\n")
    high = run_edge("config", "check", "watch.toml")
    assert "GPIO 5" in high.stdout and "the siren may sound" in " ".join(high.stdout.split())
    configure(camera + "[outputs]\nactive_high = false\n")
    low = " ".join(run_edge("config", "check", "watch.toml").stdout.split())
    assert "the relay may say that all is well; choose one of 4 to 8" in low
    configure(camera + "[outputs]\nactive_high = false\nsiren = 5\nbeacon = 6\ntrouble = 7\n")
    assert "until the watch starts" not in run_edge("config", "check", "watch.toml").stdout


def test_too_few_frames_to_tell_a_stalled_camera_are_warned_of(configure, run_edge):
    configure('[camera]\nkind = "picamera"\nmax_fps = 0.2\n')
    slow = " ".join(run_edge("config", "check", "watch.toml").stdout.split())
    assert "as 0.2 look like a camera that stalls" in slow and "asks for 0.5 or more" in slow
    configure('[camera]\nkind = "picamera"\nmax_fps = 0.5\n')
    assert "stalls" not in run_edge("config", "check", "watch.toml").stdout


def test_the_commands_show_and_explain_and_give_an_example(site, run_edge):
    shown_ = run_edge("config", "show", "watch.toml")
    assert shown_.returncode == 0 and 'pace = "fast"' in shown_.stdout
    explained = run_edge("config", "explain", "pace", "--config", "watch.toml")
    assert '"fast"' in explained.stdout and "now" in explained.stdout
    example = run_edge("config", "example")
    (site / "example.toml").write_text(example.stdout)
    assert run_edge("config", "show", "example.toml").returncode == 0
    assert len(run_edge("config", "explain").stdout.splitlines()) > 50


def test_a_file_that_cannot_be_read_is_one_line(site, run_edge):
    done = run_edge("config", "check", "nothing.toml")
    assert done.returncode == 2 and "Traceback" not in done.stderr
    (site / "binary.toml").write_bytes(b"\xff\xfe\x00")
    done = run_edge("config", "show", "binary.toml")
    assert done.returncode == 2 and "Traceback" not in done.stderr
