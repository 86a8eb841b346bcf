"""The pins: each line opens, and reads back as it is set."""

from collections.abc import Iterator
from contextlib import closing

from edge.alarm.pins import Pins, real_pins, simulated_pins
from edge.contract.errors import EmberwatchError, GpioError
from edge.doctor.case import Case
from edge.doctor.finding import Finding, bad, bad_line, note, ok


def look_at_pins(case: Case) -> Iterator[Finding]:
    """Open every line of the configuration, de-energised, and read it back.

    Nothing sounds: `emberwatch-edge pins` tries the wiring.
    """
    if case.running is not None:
        yield _of_watch(case)
        return
    try:
        with closing(simulated_pins() if case.simulate_gpio else real_pins()) as pins:
            yield _lines(case, pins)
    except EmberwatchError as error:
        yield bad_line("pins", error.line(), "see docs/wiring.md")


def _of_watch(case: Case) -> Finding:
    running = case.running
    if running is None or running.simulated_gpio:
        report = note if case.simulate_gpio else bad
        todo = "start it without --simulate-gpio on the Pi"
        return report("pins", "the watch that runs simulates them: no siren would sound", todo)
    on = [name for name, energised in running.lines.items() if energised]
    return ok("pins", "held by the watch that runs; energised: " + (", ".join(on) or "none"))


def _lines(case: Case, pins: Pins) -> Finding:
    outputs = case.config.outputs
    opened, wrong = [], []
    for name, bcm in outputs.numbers().items():
        line = pins.line(bcm, active_high=outputs.is_active_high(name))
        try:
            opened.append(f"{name} {bcm}")
            if line.on:
                wrong.append(f"{name} (GPIO {bcm})")
        finally:
            line.close()
    if wrong:
        raise GpioError(
            f"{', '.join(wrong)} reads energised though it is switched off",
            next_step="look for a short circuit, and for another program that drives it",
        )
    found = f"{', '.join(opened)} open and read back"
    if pins.simulated:
        todo = "run this on the Pi without --simulate-gpio before you rely on it"
        return note("pins", f"simulated, so no siren would sound: {found}", todo)
    return ok("pins", found)
