"""The lines, on gpiozero's own mock pins."""

import math
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import gpiozero
import pytest
from gpiozero.pins.mock import MockFactory, MockPin

from edge.alarm.output_lines import OutputLines
from edge.alarm.outputs import AlarmOutputs
from edge.alarm.pins import Pins, real_pins, simulated_pins
from edge.alarm.state import AlarmState, Level
from edge.contract.errors import ConfigError, GpioError, MachineError

SIREN, BEACON, TROUBLE = 17, 27, 22


@pytest.fixture
def factory():
    factory = MockFactory()
    yield factory
    factory.close()


def state(level: Level = Level.CLEAR, trouble: str | None = None) -> AlarmState:
    return AlarmState(level, 0.0, 0, 0.0, trouble, sounding=level is Level.ALARM)


def levels(factory: MockFactory) -> tuple[bool, bool, bool]:
    return tuple(bool(factory.pin(bcm).state) for bcm in (SIREN, BEACON, TROUBLE))


def outputs(factory: MockFactory, **lines: object) -> AlarmOutputs:
    return AlarmOutputs(OutputLines(**lines), Pins(factory, simulated=True))


def test_nothing_is_energised_before_the_first_state(factory):
    outputs(factory)
    assert levels(factory) == (False, False, False)


def test_the_trouble_line_is_held_while_all_is_well(factory):
    lines = outputs(factory)
    assert lines.show(state()) == [("trouble", True)]
    assert levels(factory) == (False, False, True)
    assert lines.show(state()) == []


def test_a_pre_alarm_sounds_nothing(factory):
    lines = outputs(factory)
    lines.show(state(Level.PRE_ALARM))
    assert levels(factory) == (False, False, True)


def test_an_alarm_energises_siren_and_beacon(factory):
    lines = outputs(factory)
    lines.show(state())
    assert lines.show(state(Level.ALARM)) == [("siren", True), ("beacon", True)]
    assert levels(factory) == (True, True, True)


def test_a_trouble_drops_its_line_and_leaves_the_siren_on(factory):
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    assert lines.show(state(Level.ALARM, "no frame")) == [("trouble", False)]
    assert levels(factory) == (True, True, False)


def test_dropping_de_energises_every_line(factory):
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    assert lines.drop() == [("siren", False), ("beacon", False), ("trouble", False)]
    assert levels(factory) == (False, False, False)


def test_closing_gives_the_pins_back_dropped_and_may_come_twice(factory):
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    lines.close()
    lines.close()
    assert [bool(s.state) for s in factory.pin(SIREN).states][-2:] == [True, False]
    outputs(factory).close()


def test_a_board_that_is_active_low_is_driven_the_other_way_round(factory):
    lines = outputs(factory, active_high=False)
    assert levels(factory) == (True, True, True)
    lines.show(state())
    assert levels(factory) == (True, True, False)


def test_a_line_in_use_is_an_error_and_frees_the_others(factory):
    with gpiozero.LED(TROUBLE, pin_factory=factory), pytest.raises(GpioError, match="GPIO 22"):
        outputs(factory)
    outputs(factory).close()


def test_a_pin_that_does_not_obey_holds_up_no_other(factory):
    lines = outputs(factory)
    factory.pin(SIREN).function = "input"
    with pytest.raises(GpioError, match="GPIO 17"):
        lines.show(state(Level.ALARM))
    assert levels(factory)[1:] == (True, True)


def test_closing_with_a_pin_that_does_not_obey_drops_the_others(factory):
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    factory.pin(SIREN).function = "input"
    with pytest.raises(GpioError, match="GPIO 17"):
        lines.close()
    assert levels(factory)[1:] == (False, False)
    outputs(factory).close()


def test_gpiozeros_global_factory_is_left_alone(factory):
    before = gpiozero.Device.pin_factory
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    lines.close()
    assert gpiozero.Device.pin_factory is before


def test_simulated_pins_say_that_they_are(factory):
    pins = simulated_pins()
    assert AlarmOutputs(OutputLines(), pins).simulated
    pins.close()


def test_without_gpio_there_is_an_error_and_no_stand_in(tmp_path):
    with pytest.raises(GpioError, match="no siren could sound") as caught:
        real_pins(tmp_path)
    assert caught.value.exit_code == 5
    assert "--simulate-gpio" in caught.value.line()


def test_a_gpio_that_does_not_open_is_an_error_and_no_stand_in(tmp_path):
    # A machine with a GPIO device that lgpio, where it is installed, cannot use.
    (tmp_path / "gpiochip0").touch()
    with pytest.raises(MachineError) as caught:
        real_pins(tmp_path)
    assert caught.value.next_step


@pytest.mark.parametrize(
    "wrong",
    [{"siren": 28}, {"siren": -1}, {"beacon": 17}, {"buzzer": 22}, {"chirp_seconds": -1.0},
     {"hush_hours": 25.0}],
)  # fmt: skip
def test_lines_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError):
        OutputLines(**wrong)


def test_an_unknown_hazard_is_no_obstacle(factory):
    lines = outputs(factory)
    lines.show(AlarmState(Level.ALARM, math.nan, 3, 0.0, "scores", sounding=True))
    assert levels(factory) == (True, True, False)


class StuckPin(MockPin):
    """A pin with a short circuit: it takes what it is told and stays where it is."""

    def _get_state(self):
        return False


def test_a_pin_that_does_not_follow_is_a_fault_until_it_does(factory):
    lines = outputs(factory)
    healthy = type(factory.pin(SIREN))
    factory.pin(SIREN).__class__ = StuckPin
    with pytest.raises(GpioError, match="GPIO 17 does not follow: it stays off"):
        lines.show(state(Level.ALARM))
    assert lines.problem is not None and lines.problem.startswith("siren")
    assert lines.lines == {"siren": False, "beacon": True, "trouble": True}
    with pytest.raises(GpioError, match="GPIO 17"):
        lines.show(state(Level.ALARM))
    factory.pin(SIREN).__class__ = healthy
    assert lines.show(state(Level.ALARM)) == [("siren", True)]
    assert lines.problem is None


def test_a_line_that_somebody_else_moved_is_driven_again(factory):
    lines = outputs(factory)
    lines.show(state())
    lines.tick(0.0)
    factory.pin(TROUBLE).state = False
    lines.tick(0.5)
    assert not factory.pin(TROUBLE).state
    lines.tick(1.0)
    assert levels(factory) == (False, False, True)
    assert lines.problem is None


def test_a_line_that_fails_while_nothing_changes_is_noticed_within_a_second(factory):
    lines = outputs(factory)
    lines.show(state())
    lines.tick(0.0)
    factory.pin(TROUBLE).__class__ = StuckPin
    with pytest.raises(GpioError, match="GPIO 22 does not follow"):
        lines.tick(1.0)
    assert lines.problem is not None
    lines.tick(1.5)
    assert lines.problem is not None


def test_a_line_that_cannot_be_read_back_holds_up_no_other(factory):
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    factory.pin(BEACON).function = "input"
    factory.pin(BEACON).drive_low()
    factory.pin(SIREN).state = False
    with pytest.raises(GpioError, match="GPIO 27"):
        lines.tick(0.0)
    assert levels(factory)[0]


BUZZER, HEARTBEAT, LAMP = 23, 24, 25
EVERY = {"buzzer": BUZZER, "heartbeat": HEARTBEAT, "supervisory": LAMP}


def test_a_silenced_alarm_keeps_its_beacon(factory):
    lines = outputs(factory)
    lines.show(state(Level.ALARM))
    quiet = replace(state(Level.ALARM), sounding=False, silenced=True)
    assert lines.show(quiet) == [("siren", False)]
    assert levels(factory) == (False, True, True)


def test_the_heartbeat_moves_with_judged_frames_and_with_nothing_else(factory):
    lines = outputs(factory, **EVERY)
    pin = factory.pin(HEARTBEAT)
    for step in range(40):
        lines.show(state(Level.ALARM if step % 2 else Level.CLEAR))
        lines.tick(step / 4)
    assert [bool(was.state) for was in pin.states] == [False]
    for _ in range(4):
        lines.beat()
    assert [bool(was.state) for was in pin.states] == [False, True, False, True, False]
    lines.drop()
    lines.tick(100.0)
    assert not pin.state


def test_a_supervisory_signal_lights_its_lamp_and_keeps_the_trouble_relay(factory):
    lines = outputs(factory, **EVERY)
    assert lines.show(replace(state(), supervisory="running warm")) == [
        ("trouble", True),
        ("supervisory", True),
    ]
    assert lines.show(state()) == [("supervisory", False)]


def test_a_test_lights_everything_and_keeps_the_trouble_relay(factory):
    lines = outputs(factory, **EVERY)
    lines.show(state())
    assert dict(lines.show(replace(state(), testing=True, sounding=True))) == {
        "siren": True,
        "beacon": True,
        "supervisory": True,
    }
    assert lines.lines["trouble"]


def test_the_buzzer_plays_by_ticks_alone_and_is_no_news(factory):
    lines = outputs(factory, **EVERY)
    assert lines.show(state(Level.PRE_ALARM)) == [("trouble", True)]
    assert not factory.pin(BUZZER).state
    assert lines.tick(0.0) == []
    assert factory.pin(BUZZER).state
    assert lines.wait_seconds(0.0) == pytest.approx(0.1)
    lines.tick(0.1)
    assert not factory.pin(BUZZER).state
    lines.tick(1.05)
    assert factory.pin(BUZZER).state
    lines.drop()
    lines.tick(2.05)
    assert not factory.pin(BUZZER).state


def test_hushing_quiets_the_chirps_and_not_the_alarm(factory):
    lines = outputs(factory, **EVERY)
    lines.show(state(trouble="no frame"))
    lines.tick(0.0)
    assert lines.pattern == "trouble"
    lines.hush(1.0)
    lines.tick(1.0)
    assert lines.pattern == ""
    lines.show(state(Level.ALARM, "no frame"))
    lines.tick(2.0)
    assert lines.pattern == "alarm"


def test_lamps_and_relays_may_be_driven_the_other_way_round_by_themselves(factory):
    lines = outputs(factory, **EVERY, small_active_high=False)
    assert factory.pin(LAMP).state and factory.pin(BUZZER).state
    assert levels(factory) == (False, False, False)
    lines.show(replace(state(), supervisory="warm"))
    assert not factory.pin(LAMP).state


def test_lines_that_are_not_there_are_not_driven(factory):
    lines = outputs(factory)
    lines.beat()
    lines.show(replace(state(Level.ALARM), supervisory="warm"))
    lines.tick(0.0)
    assert set(lines.lines) == {"siren", "beacon", "trouble"}
    assert 0 <= lines.wait_seconds(0.0) <= 1


@pytest.mark.parametrize("given", [None, "", "/nowhere/at/all"])
def test_lgpio_gets_a_folder_that_is_there(tmp_path, monkeypatch, given):
    (tmp_path / "gpiochip0").touch()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    if given is None:
        monkeypatch.setenv("LG_WD", "")
        monkeypatch.delenv("LG_WD")
    else:
        monkeypatch.setenv("LG_WD", given)
    with pytest.raises(MachineError):
        real_pins(tmp_path)
    folder = Path(os.environ["LG_WD"])
    assert folder.parent == tmp_path and folder.stat().st_mode & 0o777 == 0o700
