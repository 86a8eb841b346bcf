"""Draw docs/wiring.svg: which pin of the header goes where. The numbers are the settings' own.

python scripts/wiring.py
"""

from dataclasses import fields
from html import escape
from pathlib import Path

from edge.alarm.button_settings import ButtonSettings
from edge.alarm.header import PHYSICAL
from edge.alarm.output_lines import OutputLines
from edge.contract.setting import example_of

PICTURE = Path(__file__).resolve().parents[1] / "docs" / "wiring.svg"
WIDTH, HEIGHT = 1240, 1010
TOP, PITCH = 150, 30
LEFT, RIGHT = 604, 640
RED, BLACK, BLUE, GREEN, ORANGE, PURPLE = (
    "#c0282d", "#222", "#1f5fa8", "#23763a", "#b85c00", "#7a3fa0"
)  # fmt: skip
POWER = {1: "3.3 V", 17: "3.3 V", 2: "5 V", 4: "5 V"}
GROUND = (6, 9, 14, 20, 25, 30, 34, 39)
BCM = {physical: bcm for bcm, physical in PHYSICAL.items()}
STYLE = """
text { font: 13px "DejaVu Sans", "Helvetica Neue", Arial, sans-serif; fill: #222 }
.title { font-size: 21px; font-weight: bold }
.head { font-weight: bold }
.small { font-size: 11.5px; fill: #444 }
.pin { font-size: 10.5px; fill: #fff; font-weight: bold }
.end { text-anchor: end }
.mid { text-anchor: middle }
.box { fill: #fff; stroke: #555; stroke-width: 1.5 }
.wire { fill: none; stroke-width: 2.5; stroke-linejoin: round }
.part { fill: none; stroke: #222; stroke-width: 2 }
"""


def line_numbers() -> dict[str, int]:
    """Return every line's Broadcom number: its default, or its example where it has none."""
    found = {}
    for settings in (OutputLines, ButtonSettings):
        for key in fields(settings):
            value = example_of(key)[0]
            if type(value) is int:
                found[key.name] = value
    return found


class Sheet:
    """Collects the shapes of a drawing."""

    def __init__(self) -> None:
        self.shapes: list[str] = []

    def text(self, x: float, y: float, words: str, kind: str = "") -> None:
        """Write a line."""
        self.shapes.append(f'<text x="{x}" y="{y}" class="{kind}">{escape(words)}</text>')

    def lines(self, x: float, y: float, words: str, kind: str = "small") -> None:
        """Write several lines, divided by `|`."""
        for number, line in enumerate(words.split("|")):
            self.text(x, y + 16 * number, line, kind)

    def box(self, x: float, y: float, width: float, height: float, fill: str = "#fff") -> None:
        """Draw a rounded box."""
        self.shapes.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" class="box" '
            f'style="fill:{fill}"/>'
        )

    def wire(self, colour: str, *points: tuple[float, float]) -> None:
        """Draw a wire through these points."""
        path = " ".join(f"{x},{y}" for x, y in points)
        self.shapes.append(f'<polyline points="{path}" class="wire" stroke="{colour}"/>')

    def part(self, *points: tuple[float, float]) -> None:
        """Draw a component's outline."""
        path = " ".join(f"{x},{y}" for x, y in points)
        self.shapes.append(f'<polyline points="{path}" class="part"/>')

    def dot(self, x: float, y: float, fill: str = "#222", radius: float = 4) -> None:
        """Draw a terminal or a junction."""
        self.shapes.append(f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{fill}" stroke="#222"/>')

    def letter(self, x: float, y: float, letter: str) -> None:
        """Draw a letter in a circle: it goes on where the same letter is."""
        self.dot(x, y, "#ffe9a8", 12)
        self.text(x, y + 5, letter, "head mid")

    def svg(self, description: str) -> str:
        """Return the picture."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img">\n<title>{escape(description)}</title>\n'
            f"<style>{STYLE}</style>\n"
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>\n'
            + "\n".join(self.shapes)
            + "\n</svg>\n"
        )


def at(physical: int) -> tuple[float, float]:
    """Return where a pin's wire begins, left or right of the header."""
    y = TOP + PITCH * ((physical - 1) // 2)
    return (LEFT - 13, y) if physical % 2 else (RIGHT + 13, y)


def draw() -> str:
    """Return the whole drawing."""
    pins = {name: PHYSICAL[bcm] for name, bcm in line_numbers().items()}
    sheet = Sheet()
    sheet.text(30, 42, "Emberwatch: wiring", "title")
    sheet.text(30, 64, "Small currents only from the header: relays, lamps and sirens have "
               "a supply of their own.", "small")  # fmt: skip
    header(sheet, pins)
    relays(sheet, pins)
    siren_and_beacon(sheet)
    buttons(sheet, pins)
    small_parts(sheet, pins)
    fault_loop(sheet)
    return sheet.svg("Wiring of the relay board, buttons, buzzer and lamps to the 40-pin header")


def header(sheet: Sheet, pins: dict[str, int]) -> None:
    """Draw the header, each pin with its number and what is there."""
    sheet.box(470, 78, 304, 690, "#eef4ee")
    sheet.text(622, 103, "40-pin header of the Raspberry Pi", "head mid")
    used = {physical: name for name, physical in pins.items()}
    for physical in range(1, 41):
        x, y = (LEFT, TOP) if physical % 2 else (RIGHT, TOP)
        y += PITCH * ((physical - 1) // 2)
        fill, words, kind = "#9aa5a0", f"GPIO {BCM.get(physical)}", "small"
        if physical in POWER:
            fill, words = RED, POWER[physical]
        elif physical in GROUND:
            fill, words = BLACK, "ground"
        elif physical in used:
            fill, kind = GREEN, "head"
        sheet.shapes.append(
            f'<rect x="{x - 12}" y="{y - 11}" width="24" height="22" rx="4" fill="{fill}"/>'
        )
        sheet.text(x, y + 4, str(physical), "pin mid")
        if physical % 2:
            sheet.text(x - 18, y - 6, words, f"{kind} end")
        else:
            sheet.text(x + 18, y - 6, words, kind)
    sheet.text(622, 757, "USB sockets on this side", "small mid")


def relays(sheet: Sheet, pins: dict[str, int]) -> None:
    """Draw the relay board."""
    sheet.box(225, 180, 195, 300, "#f1f4fb")
    sheet.lines(300, 202, "Relay board|opto-isolated", "head")
    for name, y in (("VCC 5 V", 240), ("GND", 270), ("IN1", 300), ("IN2", 330), ("IN3", 360)):
        sheet.dot(420, y, "#fff")
        sheet.text(410, y + 5, name, "small end")
    sheet.wire(RED, (RIGHT + 13, TOP), (RIGHT + 40, TOP), (RIGHT + 40, 122), (448, 122),
               (448, 240), (424, 240))  # fmt: skip
    sheet.wire(BLACK, at(9), (424, 270))
    for name, y in (("siren", 300), ("beacon", 330), ("trouble", 360)):
        sheet.wire(BLUE, at(pins[name]), (530, at(pins[name])[1]), (500, y), (424, y))
    for name, y, contacts in (
        ("K1 siren", 222, ("COM", "NO")),
        ("K2 beacon", 302, ("COM", "NO")),
        ("K3 trouble", 390, ("COM", "NO", "NC")),
    ):
        for number, contact in enumerate(contacts):
            sheet.dot(225, y + 28 * number, "#fff")
            sheet.text(236, y + 28 * number + 5, contact, "small")
        sheet.text(282, y + 18, name, "head")
    sheet.lines(282, 424, "held while|all is well")


def siren_and_beacon(sheet: Sheet) -> None:
    """Draw what the first two relays switch."""
    sheet.box(30, 88, 170, 52, "#fbf1f1")
    sheet.lines(62, 109, "12 V supply|with a battery")
    sheet.text(45, 130, "−", "head")
    sheet.text(180, 130, "+", "head")
    sheet.wire(RED, (185, 140), (185, 302), (221, 302))
    sheet.wire(RED, (185, 222), (221, 222))
    sheet.dot(185, 222)
    sheet.shapes.append('<rect x="179" y="152" width="12" height="30" class="box"/>')
    sheet.text(172, 171, "fuse", "small end")
    sheet.wire(BLACK, (50, 140), (50, 330))
    for name, y, top in (("siren", 250, 232), ("beacon", 330, 312)):
        sheet.wire(RED, (221, y), (160, y))
        sheet.wire(BLACK, (80, y), (50, y))
        sheet.dot(50, y)
        sheet.box(80, top, 80, 36, "#fff7e0")
        sheet.text(120, y + 5, name, "head mid")
    sheet.lines(30, 376, "1N4007 diode|across any coil|or motor, its|ring to the plus")
    sheet.wire(PURPLE, (221, 390), (186, 390))
    sheet.wire(PURPLE, (221, 418), (186, 418))
    sheet.shapes.append(
        '<rect x="162" y="380" width="24" height="48" rx="12" fill="#ffe9a8" stroke="#222"/>'
    )
    sheet.text(174, 409, "A", "head mid")
    sheet.lines(30, 452, "NC closes with trouble: a|lamp on a supply of its own")


def buttons(sheet: Sheet, pins: dict[str, int]) -> None:
    """Draw the buttons: each connects its line to ground."""
    sheet.box(225, 520, 195, 226, "#f1f4fb")
    sheet.text(240, 541, "Buttons (make contact)", "head")
    for name, words in (
        ("silence", "silence"),
        ("reset", "reset: hold 3 s"),
        ("test", "test: hold 3 s"),
    ):
        x, y = at(pins[name])
        sheet.wire(GREEN, (x, y), (405, y))
        sheet.dot(405, y, "#fff")
        sheet.dot(372, y, "#fff")
        sheet.part((372, y - 8), (405, y - 8))
        sheet.part((388, y - 8), (388, y - 15))
        sheet.text(352, y + 4, words, "small end")
        sheet.wire(BLACK, (368, y), (360, y), (360, y + 13), (240, y + 13), (240, 720))
    x, y = at(39)
    sheet.wire(BLACK, (x, y), (240, y))
    sheet.text(252, 710, "ground", "small")


def small_parts(sheet: Sheet, pins: dict[str, int]) -> None:
    """Draw what hangs on the header itself: buzzer, timer and lamp."""
    x, ground = at(14)
    sheet.wire(BLACK, (x, ground), (800, ground), (800, 210), (870, 210))
    x, y = at(pins["buzzer"])
    sheet.wire(ORANGE, (x, y), (822, y), (822, 240), (870, 240))
    sheet.box(870, 186, 130, 78, "#fff7e0")
    sheet.text(884, 215, "−", "head")
    sheet.text(884, 245, "+", "head")
    sheet.text(904, 229, "buzzer", "head")
    sheet.lines(1012, 204, "active piezo, 3 to 5 V,|at most 10 mA; more by|a transistor or relay")

    x, y = at(pins["heartbeat"])
    sheet.wire(ORANGE, (x, y), (870, y))
    x, ground = at(20)
    sheet.wire(BLACK, (x, ground), (870, ground))
    sheet.box(870, 330, 340, 128, "#f1f4fb")
    sheet.text(884, 352, "Retriggerable timer, 10 s", "head")
    sheet.lines(884, 394, "pulse|ground")
    sheet.lines(944, 374, "each edge keeps its relay held;|a line that stops moving, high or|"
                "low, lets it drop. 74HC123, 555,|or a timer relay; own supply")  # fmt: skip
    sheet.wire(PURPLE, (1040, 458), (1040, 476))
    sheet.letter(1040, 488, "B")

    x, y = at(pins["supervisory"])
    sheet.wire(ORANGE, (x, y), (812, y), (812, 560), (870, 560))
    sheet.shapes.append('<rect x="870" y="551" width="56" height="18" class="box"/>')
    sheet.text(898, 564, "330 Ω", "small mid")
    sheet.wire(ORANGE, (926, 560), (962, 560))
    sheet.part((962, 546), (962, 574), (988, 560), (962, 546))
    sheet.part((988, 546), (988, 574))
    x, ground = at(30)
    sheet.wire(BLACK, (988, 560), (1016, 560), (1016, 606), (790, 606), (790, ground), (x, ground))
    sheet.lines(1032, 548, "supervisory lamp:|somebody should look,|the watch goes on")
    sheet.lines(800, 660, "Every line to a lamp or a timer is 3.3 V and at most 16 mA, all|"
                "together at most 50 mA. Nothing above 3.3 V may reach a pin:|"
                "the buttons go to ground, never to 5 V.")  # fmt: skip


def fault_loop(sheet: Sheet) -> None:
    """Draw the loop that is closed while all is well."""
    sheet.box(30, 812, 1180, 170, "#faf7ff")
    sheet.text(48, 836, "The fault loop: closed while all is well", "head")
    sheet.box(60, 866, 200, 64, "#fff")
    sheet.lines(74, 893, "fault input of a panel, a|dialler or a smart relay")
    for x, letter, words in (
        (430, "A", "K3: COM to NO"),
        (720, "B", "the timer's relay, NO"),
    ):
        sheet.letter(x - 62, 880, letter)
        sheet.dot(x - 24, 880, "#fff")
        sheet.dot(x + 24, 880, "#fff")
        sheet.part((x - 24, 872), (x + 24, 872))
        sheet.text(x, 906, words, "small mid")
    sheet.wire(PURPLE, (260, 880), (356, 880))
    sheet.wire(PURPLE, (380, 880), (402, 880))
    sheet.wire(PURPLE, (458, 880), (646, 880))
    sheet.wire(PURPLE, (670, 880), (692, 880))
    sheet.wire(PURPLE, (748, 880), (860, 880), (860, 922), (260, 922))
    sheet.lines(
        890,
        866,
        "It opens on every trouble, on stop, with|the power, on a cut wire, and within 10 s|"
        "where program, kernel or board hangs:|a kernel that hangs holds K3, not the timer.",
    )
    sheet.lines(74, 962, "Without a timer, join its two ends: then the hardware watchdog alone "
                "ends a hang of the kernel.")  # fmt: skip


def main() -> None:
    """Write the drawing."""
    PICTURE.write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
