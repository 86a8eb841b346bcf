"""Flames that may burn: a candle and a hearth."""

import numpy as np

from converter.gauntlet.light import (
    Floats,
    black_body,
    cast,
    grid,
    luminance,
    smoothstep,
    stray,
    turbulence,
)

# Soot in a candle's flame glows at about 1,900 K, embers at about 1,200 K.
CANDLE_K, EMBER_K = 1900.0, 1200.0
EVENING_K = 3300.0
EVENING = 0.45


def far_candle(light: Floats, rng: np.random.Generator) -> Floats:
    """Put a candle some metres away: its flame is a thirtieth of the picture's height."""
    return _candle(light, rng, float(rng.uniform(0.028, 0.038)))


def near_candle(light: Floats, rng: np.random.Generator) -> Floats:
    """Put a candle a metre away: its flame is a tenth of the picture's height."""
    return _candle(light, rng, float(rng.uniform(0.085, 0.11)))


def embers(light: Floats, rng: np.random.Generator) -> Floats:
    """Put a fireplace with glowing embers into the picture."""
    return _hearth(light, rng, flame=0.0)


def burning_hearth(light: Floats, rng: np.random.Generator) -> Floats:
    """Put a fireplace in which logs burn into the picture."""
    return _hearth(light, rng, flame=float(rng.uniform(0.5, 0.75)))


def _evening(light: Floats) -> Floats:
    """Dim the scene to lamplight."""
    level = float(np.clip(0.18 / max(float(luminance(light).mean()), 0.02), 0.4, 1.5))
    return np.asarray(light * cast(EVENING_K + 1500, 6500) * EVENING * level, np.float32)


def _candle(light: Floats, rng: np.random.Generator, size: float) -> Floats:
    """Draw a candle whose flame is `size` picture heights high, and what it lights."""
    x, y = grid(light)
    wide = light.shape[1] / light.shape[0]
    column = float(rng.uniform(0.2, 0.8)) * wide
    wick = float(rng.uniform(0.55, 0.72))
    lean = float(rng.normal(0, 0.06))
    up = (wick - y) / size
    across = (x - column) / size - lean * np.clip(up, 0, 1)
    apart = np.hypot(x - column, y - (wick - 0.5 * size))
    glow = 0.9 / (1.0 + (apart / (3.5 * size)) ** 2)
    lit = _evening(light) * (1 + 1.2 * glow[..., np.newaxis] * black_body(2400))
    lit = _wax(lit, across * size, y - wick, size)
    # A drop: round below, drawn out to a point above.
    half = 0.30 * np.sqrt(np.clip(up + 0.12, 0, 1.12)) * np.clip(1 - up, 0, 1) ** 0.75
    body = smoothstep(-0.03, 0.05, (half - np.abs(across)).astype(np.float32))
    body *= (up > -0.12) & (up < 1.0)
    heat = 2.5 + 5.0 * smoothstep(0.1, 0.45, up.astype(np.float32))
    flame = (body * heat)[..., np.newaxis] * black_body(CANDLE_K)
    halo = 0.35 * np.exp(-apart / (0.9 * size)) + 0.05 * np.exp(-apart / (4 * size))
    lit = lit * (1 - 0.9 * body[..., np.newaxis]) + flame
    return stray((lit + halo[..., np.newaxis] * black_body(CANDLE_K)).astype(np.float32), 0.2, 0.02)


def _wax(lit: Floats, across: Floats, down: Floats, size: float) -> Floats:
    """Draw the candle under its flame: cream wax that glows at its upper end."""
    inside = (np.abs(across) < 0.3 * size) & (down > 0.1 * size) & (down < 2.6 * size)
    edge = np.sqrt(np.clip(1 - (across / (0.3 * size)) ** 2, 0, 1))
    shine = (0.06 + 0.5 * np.exp(-down / (0.6 * size))) * (0.5 + 0.5 * edge)
    wax = shine[..., np.newaxis] * np.array([1.0, 0.82, 0.55], np.float32)
    return np.where(inside[..., np.newaxis], wax, lit).astype(np.float32)


def _hearth(light: Floats, rng: np.random.Generator, flame: float) -> Floats:
    """Draw a brick fireplace with logs, embers, and flames of `flame` times its opening."""
    x, y = grid(light)
    scene = _evening(light)
    wide = light.shape[1] / light.shape[0]
    half = 0.5 * float(rng.uniform(0.38, 0.46))
    high = float(rng.uniform(0.34, 0.4))
    foot = float(rng.uniform(0.84, 0.92))
    column = float(np.clip(rng.uniform(0.3, 0.7) * wide, 1.5 * half, max(wide - 1.5 * half, half)))
    across, up = (x - column) / half, (foot - y) / high
    warm = _glow(across, up, flame)
    picture = scene * (1 + warm[..., np.newaxis] * black_body(2000))
    brick = _bricks(light, rng, across * half, up * high) * (
        0.2 + 0.9 * warm[..., np.newaxis] * black_body(2600)
    )
    surround = (np.abs(across) < 1.4) & (up > -0.14) & (up < 1.45)
    picture = np.where(surround[..., np.newaxis], brick, picture)
    arch = 1.0 - 0.14 * across**2
    opening = (np.abs(across) < 1.0) & (up > 0.0) & (up < arch)
    soot = 0.012 + 0.05 * warm * (1 - 0.5 * np.clip(up, 0, 1))
    inside = soot[..., np.newaxis] * np.array([1.0, 0.7, 0.5], np.float32)
    inside = _logs(inside, rng, across, up, light.shape[:2])
    if flame:
        inside = inside + _fire(rng, across, up / flame, light.shape[:2])
    lit = np.where(opening[..., np.newaxis], inside, picture).astype(np.float32)
    return stray(lit, 0.2, 0.03)


def _glow(across: Floats, up: Floats, flame: float) -> Floats:
    """Return what the fire throws onto its surroundings."""
    apart = np.hypot(across, 0.8 * (up - 0.3))
    return np.asarray((0.12 + 0.9 * flame) / (1 + apart**2), np.float32)


def _bricks(light: Floats, rng: np.random.Generator, x: Floats, y: Floats) -> Floats:
    """Return courses of bricks, their reflectance times evening light."""
    course, length, joint = 0.045, 0.11, 0.006
    row = np.floor(y / course)
    shifted = x + (row % 2) * length / 2
    mortar = (y % course < joint) | (shifted % length < joint)
    each = np.sin(12.9898 * np.floor(shifted / length) + 78.233 * row) * 43758.5453
    tone = 0.75 + 0.5 * (each - np.floor(each)) + 0.1 * turbulence(light.shape[:2], rng, 1.0)
    clay = tone[..., np.newaxis] * np.array([0.20, 0.075, 0.05], np.float32)
    return np.where(mortar[..., np.newaxis], np.array([0.16, 0.14, 0.12], np.float32), clay)


def _logs(
    inside: Floats, rng: np.random.Generator, across: Floats, up: Floats, shape: tuple[int, int]
) -> Floats:
    """Lay three charred logs with embers between and on them."""
    grain = turbulence(shape, rng, 1.2, 8.0)
    near = smoothstep(0.8, 0.75, np.abs(across)) * smoothstep(0.2, 0.02, up)
    coals = np.multiply(smoothstep(0.0, 1.6, grain), near)
    inside = inside + (2.4 * coals)[..., np.newaxis] * _ember()
    for middle, level, tilt in ((-0.22, 0.12, 0.06), (0.25, 0.11, -0.08), (0.02, 0.24, 0.03)):
        aside = across - middle
        down = (up - level - tilt * aside) / 0.075
        log = (np.abs(aside) < 0.48) & (np.abs(down) < 1.0)
        shade = 0.03 * np.sqrt(np.clip(1 - down**2, 0, 1)) * (1 + 0.3 * grain)
        below = smoothstep(0.4, -0.8, down.astype(np.float32))
        cracks = np.multiply(smoothstep(0.7, 1.7, grain), below)
        bark = shade[..., np.newaxis] * np.array([1.0, 0.75, 0.6], np.float32)
        bark = bark + (1.8 * cracks)[..., np.newaxis] * _ember()
        inside = np.where(log[..., np.newaxis], bark, inside)
    return inside.astype(np.float32)


def _fire(rng: np.random.Generator, across: Floats, up: Floats, shape: tuple[int, int]) -> Floats:
    """Return the light of flames that reach from 0 to 1 of `up`, ragged by turbulence."""
    # Tongues: slow noise across decides how high each rises, fine noise frays it.
    tongues = turbulence(shape, rng, 2.0, 4.0)[shape[0] // 2][np.newaxis]
    fray = turbulence(shape, rng, 1.5, 6.0)
    reach = np.clip(1.0 - (across / 0.85) ** 2, 0, 1) ** 0.7 * (0.72 + 0.28 * tongues)
    depth = reach - up + 0.16 * fray * np.clip(up + 0.2, 0, 1)
    body = smoothstep(0.0, 0.25, depth.astype(np.float32)) * (up > -0.05)
    core = smoothstep(0.12, 0.6, depth.astype(np.float32)) * smoothstep(1.0, 0.2, np.abs(across))
    outer = (1.1 * body)[..., np.newaxis] * black_body(1500)
    inner = (1.9 * core)[..., np.newaxis] * black_body(2100)
    return np.asarray(0.6 * outer + inner, np.float32)


def _ember() -> Floats:
    return 0.35 * black_body(EMBER_K)
