"""Noise: tileable turbulent textures, the raw stuff of flames, smoke, clouds and plaster."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import fft

from training.scenes.arrays import Floats

_TEXELS = 256
# How fast the amplitude falls with frequency: four layers of fine turbulence, two of soft swell.
_SLOPES = (-1.7, -1.7, -1.7, -1.7, -2.7, -2.7)
# Below this many waves across the tile the amplitude stops growing: no layer is one big blob.
_LOWEST_WAVES = 3.0


@dataclass(frozen=True)
class NoiseBank:
    """Several independent layers of fractal noise, each repeating after 1.0 in both directions.

    Attributes:
        layers: float32 [6, 256, 256]; 0..3 are fine turbulence, 4 and 5 soft swell;
            mean 0, standard deviation 1/3, clipped to -1..1.
    """

    layers: Floats

    def at(self, layer: int, x: Floats, y: Floats) -> Floats:
        """Read layer `layer` at (x, y), any real numbers of one shape; bilinear, -1..1."""
        table = self.layers[layer]
        across = np.asarray(x, np.float32) * _TEXELS
        down = np.asarray(y, np.float32) * _TEXELS
        left = np.floor(across)
        top = np.floor(down)
        along = across - left
        below = down - top
        column = left.astype(np.int32) & (_TEXELS - 1)
        row = (top.astype(np.int32) & (_TEXELS - 1)) * _TEXELS
        next_column = (column + 1) & (_TEXELS - 1)
        next_row = (row + _TEXELS) & (_TEXELS * _TEXELS - 1)
        flat = table.ravel()
        upper = flat.take(row + column)
        upper += along * (flat.take(row + next_column) - upper)
        lower = flat.take(next_row + column)
        lower += along * (flat.take(next_row + next_column) - lower)
        read: Floats = upper + below * (lower - upper)
        return read

    def wave(self, layer: int, moment: float) -> float:
        """Read one number in -1..1 that wanders smoothly as `moment` grows."""
        spot = np.array([moment], np.float32)
        return float(self.at(layer, spot, spot * 0.137)[0])


def make_noise_bank(rng: np.random.Generator) -> NoiseBank:
    """Draw a bank from `rng`: white noise whose amplitude falls with frequency."""
    rows = fft.fftfreq(_TEXELS)[:, None] * _TEXELS
    columns = fft.rfftfreq(_TEXELS)[None, :] * _TEXELS
    waves = np.maximum(np.hypot(rows, columns), _LOWEST_WAVES).astype(np.float32)
    gain = np.stack([waves**slope for slope in _SLOPES])
    gain[:, 0, 0] = 0.0
    white = rng.standard_normal((len(_SLOPES), _TEXELS, _TEXELS), np.float32)
    layers = fft.irfft2(fft.rfft2(white) * gain, s=(_TEXELS, _TEXELS))
    layers /= 3.0 * layers.std(axis=(1, 2), keepdims=True)
    return NoiseBank(np.clip(layers, -1.0, 1.0).astype(np.float32))
