"""The lazy command line: one line for an error, an exit code for each who must act."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest

from edge.command_line import LazyCommand, LazyGroup, run
from edge.contract.errors import (
    BundleTampered,
    EmberwatchError,
    GateRefused,
    InputError,
    ModelRefused,
    StorageError,
)

WAITING = """
import sys, time, click
from edge.command_line import LazyCommand, LazyGroup, run

@click.command("wait")
def wait():
    print("waiting", flush=True)
    time.sleep(60)

sys.modules["waiting"] = sys.modules["__main__"]
sys.exit(run(LazyGroup({"wait": LazyCommand("waiting:wait", "Wait.")}, name="x"), ["wait"]))
"""


@click.command("fail")
@click.option("--what", default="")
def fail(what: str) -> None:
    """Raise what is asked for."""
    errors: dict[str, BaseException] = {
        "input": InputError("no such folder", found="x"),
        "model": ModelRefused("refused"),
        "bundle": BundleTampered("tampered"),
        "gate": GateRefused("too much was lost"),
        "storage": StorageError("cannot write"),
        "lines": InputError("a message\nof two lines"),
        "interrupt": KeyboardInterrupt(),
        "abort": click.Abort(),
        "disk": OSError(28, "No space left on device", "/cache/x"),
        "other": OSError(2, "No such file"),
    }
    if what in errors:
        raise errors[what]
    click.echo("fine")


GROUP = LazyGroup(
    {
        "fail": LazyCommand(f"{__name__}:fail", "Fail on purpose."),
        "never": LazyCommand("no.such.module:nothing", "Is never imported for help."),
    },
    name="test",
)


@pytest.fixture(autouse=True)
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the group find this module by the name that it has here."""
    monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or _this())


def _this() -> object:
    import types

    module = types.ModuleType(__name__)
    module.__dict__.update(globals())
    return module


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("", 0),
        ("input", 2),
        ("model", 3),
        ("bundle", 3),
        ("gate", 4),
        ("storage", 5),
        ("disk", 5),
        ("interrupt", 130),
        ("abort", 130),
    ],
)
def test_each_party_has_its_exit_code(
    what: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(GROUP, ["fail", "--what", what]) == code
    said = capsys.readouterr()
    if code not in (0, 130):
        assert said.err.startswith("error: ")
        assert said.err.count("\n") == 1
        assert said.out == ""


def test_a_message_of_two_lines_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    run(GROUP, ["fail", "--what", "lines"])
    assert capsys.readouterr().err == "error: a message of two lines\n"


@pytest.mark.parametrize("arguments", [["fail", "--debug"], ["--debug", "fail"]])
def test_debug_anywhere_adds_the_traceback(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(GROUP, [*arguments, "--what", "gate"]) == 4
    said = capsys.readouterr().err
    assert "Traceback" in said
    assert said.endswith("error: too much was lost\n")


def test_an_unforeseen_error_is_not_hidden() -> None:
    with pytest.raises(FileNotFoundError):
        run(GROUP, ["fail", "--what", "other"])


def test_help_imports_no_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(GROUP, ["--help"]) == 0
    assert "Is never imported for help." in capsys.readouterr().out


def test_a_mistyped_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(GROUP, ["fial"]) == 2
    assert "Did you mean 'fail'?" in capsys.readouterr().err


def test_an_unknown_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(GROUP, ["fail", "--waht", "x"]) == 2
    assert "--what" in capsys.readouterr().err


def test_ctrl_c_says_one_line_and_ends_with_130() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WAITING], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "waiting\n"
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.strip().splitlines() == ["stopped; run the same command again to go on"]


def test_a_reader_that_leaves_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [sys.executable, "-m", "edge", "--help"], stdout=writer, stderr=subprocess.PIPE, check=False
    )
    os.close(writer)
    assert b"Traceback" not in done.stderr
    assert done.returncode in (120, 141)


def test_every_error_says_what_found_expected_and_next() -> None:
    error = EmberwatchError("it broke", found=3, expected=4, next_step="mend it")
    assert error.line() == "it broke; found 3; expected 4. Next: mend it"


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["label", "--help"]])
def test_the_installed_command_runs_anywhere(arguments: list[str], tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("emberwatch-edge")
    done = subprocess.run([command, *arguments], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
