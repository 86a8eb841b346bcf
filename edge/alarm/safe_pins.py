"""safe_pins: every line dropped, whatever a watch that died left behind."""

from edge.alarm.output_lines import OutputLines
from edge.alarm.pins import Pins
from edge.contract.errors import GpioError


def leave_safe(lines: OutputLines, pins: Pins) -> dict[str, GpioError | None]:
    """Drop each line and let go of it; return by its name what went wrong, None for nothing.

    A Raspberry Pi's kernel keeps an output driven after its process died: a siren goes on
    sounding, and the trouble relay goes on saying that all is well.
    """
    found: dict[str, GpioError | None] = {}
    for name, bcm in lines.numbers().items():
        try:
            pins.line(bcm, active_high=lines.is_active_high(name)).close()
            found[name] = None
        except GpioError as error:
            found[name] = error
    return found
