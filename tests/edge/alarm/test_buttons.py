"""The buttons, on gpiozero's own mock pins, pressed from another thread."""

import selectors
import threading

import pytest
from gpiozero.pins.mock import MockFactory

from edge.alarm.button_settings import ButtonSettings
from edge.alarm.buttons import Buttons
from edge.alarm.pins import Pins
from edge.contract.errors import ConfigError, GpioError

SILENCE, RESET, TEST = 5, 6, 13
ALL = ButtonSettings(silence=SILENCE, reset=RESET, test=TEST)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def factory():
    factory = MockFactory()
    yield factory
    factory.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def buttons(factory, clock):
    buttons = Buttons(ALL, Pins(factory, simulated=True), clock)
    clock.now += 1
    assert buttons.presses() == []
    yield buttons
    buttons.close()


def after(buttons: Buttons, clock: Clock, seconds: float) -> list[str]:
    clock.now += seconds
    return buttons.presses()


def readable(buttons: Buttons, seconds: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(buttons, selectors.EVENT_READ)
        return bool(selector.select(seconds))


def test_a_press_in_another_thread_wakes_whoever_selects(factory, buttons, clock):
    assert not readable(buttons, 0)
    thread = threading.Thread(target=factory.pin(SILENCE).drive_low)
    thread.start()
    assert readable(buttons, 30)
    thread.join()
    assert after(buttons, clock, 0.1) == ["silence"]
    assert not readable(buttons, 0)


def test_silence_acts_at_once_and_reset_only_held_for_three_seconds(factory, buttons, clock):
    factory.pin(SILENCE).drive_low()
    factory.pin(RESET).drive_low()
    assert after(buttons, clock, 0.2) == ["silence"]
    assert after(buttons, clock, 2.7) == []
    assert after(buttons, clock, 0.2) == ["reset"]
    assert after(buttons, clock, 5.0) == []


def test_a_reset_that_is_only_touched_does_nothing(factory, buttons, clock):
    factory.pin(RESET).drive_low()
    clock.now += 1
    factory.pin(RESET).drive_high()
    assert after(buttons, clock, 1.0) == []


def test_a_short_press_of_the_test_button_ends_the_test(factory, buttons, clock):
    factory.pin(TEST).drive_low()
    assert after(buttons, clock, 3.1) == ["test"]
    factory.pin(TEST).drive_high()
    assert after(buttons, clock, 1.0) == []
    factory.pin(TEST).drive_low()
    clock.now += 0.3
    factory.pin(TEST).drive_high()
    assert after(buttons, clock, 1.0) == ["end-test"]


def test_a_quick_press_between_two_looks_is_not_lost(factory, buttons, clock):
    factory.pin(SILENCE).drive_low()
    clock.now += 0.08
    factory.pin(SILENCE).drive_high()
    assert after(buttons, clock, 0.5) == ["silence"]


def test_a_button_stuck_down_is_a_trouble_and_clears_when_it_comes_up(factory, buttons, clock):
    factory.pin(RESET).drive_low()
    after(buttons, clock, 29.0)
    assert buttons.problem is None
    after(buttons, clock, 2.0)
    assert buttons.problem is not None and "reset button is stuck" in buttons.problem
    factory.pin(RESET).drive_high()
    after(buttons, clock, 1.0)
    after(buttons, clock, 1.0)
    assert buttons.problem is None


def test_a_button_welded_before_the_start_resets_no_alarm(factory, clock):
    buttons = Buttons(ButtonSettings(reset=RESET), Pins(factory, simulated=True), clock)
    buttons.close()
    # As a wire that is shorted to ground reads when the watch opens it.
    factory.pin(RESET)._set_pull = lambda _value: None
    factory.pin(RESET).drive_low()
    buttons = Buttons(ButtonSettings(reset=RESET), Pins(factory, simulated=True), clock)
    assert [after(buttons, clock, 1.0) for _ in range(40)] == [[]] * 40
    assert buttons.problem is not None
    buttons.close()


def test_a_contact_that_chatters_for_ever_fills_no_memory(factory, buttons, clock):
    for _ in range(5000):
        factory.pin(SILENCE).drive_low()
        factory.pin(SILENCE).drive_high()
    assert buttons._moves.qsize() <= 1000
    assert after(buttons, clock, 1.0) == []


def test_a_pin_that_cannot_be_read_is_a_trouble(factory, buttons, clock):
    def broken() -> bool:
        raise OSError("the chip is gone")

    factory.pin(TEST)._get_state = broken
    assert after(buttons, clock, 1.0) == []
    assert buttons.problem is not None and "GPIO 13" in buttons.problem
    del factory.pin(TEST)._get_state
    after(buttons, clock, 1.0)
    assert buttons.problem is None


def test_buttons_to_3_volts_are_pulled_down(factory, clock):
    buttons = Buttons(
        ButtonSettings(silence=SILENCE, to_ground=False), Pins(factory, simulated=True), clock
    )
    assert factory.pin(SILENCE).pull == "down"
    after(buttons, clock, 1.0)
    factory.pin(SILENCE).drive_high()
    assert after(buttons, clock, 1.0) == ["silence"]
    buttons.close()


def test_a_line_in_use_is_an_error_and_frees_the_others(factory, clock):
    pins = Pins(factory, simulated=True)
    held = pins.line(TEST)
    with pytest.raises(GpioError, match=r"GPIO 13 .*\[buttons\]"):
        Buttons(ALL, pins, clock)
    held.close()
    Buttons(ALL, pins, clock).close()


def test_no_buttons_press_nothing(factory, clock):
    buttons = Buttons(ButtonSettings(), Pins(factory, simulated=True), clock)
    assert buttons.presses() == [] and buttons.problem is None
    assert buttons.fileno() >= 0
    buttons.close()
    buttons.close()


@pytest.mark.parametrize(
    "wrong",
    [{"reset": 28}, {"reset": 5, "silence": 5}, {"hold_reset_seconds": -1.0},
     {"hold_test_seconds": 0.1}, {"bounce_seconds": 2.0}, {"stuck_seconds": 1.0}],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong):
    with pytest.raises(ConfigError):
        ButtonSettings(**wrong)
