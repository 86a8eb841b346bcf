"""Architecture: a network of keras.applications that can be a backbone, and how it sees pixels."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from edge.contract.errors import InputError

Pixels = Literal["signed", "caffe", "torch", "built in"]
Triple = tuple[float, float, float]

# What a network of each convention wants of a pixel p in [0, 255]: (p - centre) / spread, with
# red, green and blue in this order. The figures are keras.applications' own (imagenet_utils).
CENTRES: dict[Pixels, Triple] = {
    "signed": (127.5, 127.5, 127.5),
    "caffe": (123.68, 116.779, 103.939),
    "torch": (0.485 * 255, 0.456 * 255, 0.406 * 255),
}
SPREADS: dict[Pixels, Triple] = {
    "signed": (127.5, 127.5, 127.5),
    "caffe": (1.0, 1.0, 1.0),
    "torch": (0.229 * 255, 0.224 * 255, 0.225 * 255),
}
# What the last layer is called here where Keras gives it a number instead of a name.
TOP = "top"
CENTRE_LAYER = "centre"


JOIN = "+"


@dataclass(frozen=True)
class Architecture:
    """A network of keras.applications.

    `constructor` is its name there. `pixels` says what it was trained on: `signed` p / 127.5 - 1,
    `caffe` BGR less the mean, `torch` RGB by mean and standard deviation, `built in` plain
    pixels. `bordered` is True where the first convolution pads its input. `cuts` are the layers
    where it may end, the deepest first; `joined` is what two of them give together, the usual
    choice where the weights reach it (`mixed8+mixed6`: the earlier map is averaged down to the
    cells of the later one). `weights_file` is the name of Keras's own download without top.
    `words` says what to expect of it.
    """

    name: str
    constructor: str
    input_size: int
    pixels: Pixels
    bordered: bool
    cuts: tuple[str, ...]
    weights_file: str
    words: str
    switches: tuple[tuple[str, bool], ...] = ()
    joined: str | None = None

    def reached(self, trunk: Any) -> list[str]:
        """Return the cuts that a trunk has, the usual one first, then the deepest."""
        single = [cut for cut in self.cuts if self.find_cut(trunk, cut) is not None]
        return [self.joined, *single] if self.joined and self.joins(trunk) else single

    def joins(self, trunk: Any) -> bool:
        """Say whether a trunk has all the layers of the joined cut."""
        parts = (self.joined or "").split(JOIN)
        return all(self.find_cut(trunk, part) is not None for part in parts)

    def build(self, weights: str | None = None, *, top: bool = False) -> Any:
        """Return the Keras model: float32 [n, input_size, input_size, 3] to a feature map.

        `weights` is None (as Keras starts them) or `imagenet`. Where the first convolution pads,
        the pixels are centred by a layer before it, since the border is zero after centring;
        else the model wants normalised input. Either way `fold` makes it one of pixels, once
        its weights are in.
        """
        import keras

        picture = keras.Input((self.input_size, self.input_size, 3), name="picture")
        given = picture
        if self.bordered and self.pixels != "built in":
            offset = [-c for c in CENTRES[self.pixels]]
            given = keras.layers.Rescaling(1.0, offset, name=CENTRE_LAYER)(picture)
        make = getattr(keras.applications, self.constructor)
        model = make(weights=weights, include_top=top, input_tensor=given, **dict(self.switches))
        if TOP in self.cuts and not top:
            model.layers[-1].name = TOP
        return model

    def find_cut(self, trunk: Any, cut: str) -> Any | None:
        """Return the layer of a trunk named `cut`; None where it has none."""
        return next((layer for layer in trunk.layers if layer.name == cut), None)

    def fold(self, model: Any) -> None:
        """Change a model of normalised input into one of pixels 0 to 255, in place.

        The spread divides the first convolution's kernel, `caffe` turns its channels round.
        The centre is a layer already where the convolution pads. Where it does not, and has no
        bias, conv(W, (p - c) / s) = conv(W / s, p) - sum(W c / s), and that sum goes into the
        moving mean of the batch normalisation that follows: exact but for rounding, and no
        operation more.
        """
        import keras

        if self.pixels == "built in":
            return
        convolution = next(a for a in model.layers if isinstance(a, keras.layers.Conv2D))
        kernel, *bias = convolution.get_weights()
        if self.pixels == "caffe":
            kernel = kernel[:, :, ::-1]
        spread = np.array(SPREADS[self.pixels], np.float32)[:, None]
        convolution.set_weights([kernel / spread, *bias])
        if not self.bordered:
            centre = np.array(CENTRES[self.pixels], np.float32)[:, None]
            normalisation = next(
                a for a in model.layers if isinstance(a, keras.layers.BatchNormalization)
            )
            mean = normalisation.moving_mean
            mean.assign(mean + (kernel * (centre / spread)).sum(axis=(0, 1, 2)))


INCEPTION = Architecture(
    "inception_v3",
    "InceptionV3",
    299,
    "signed",
    False,
    ("mixed10", "mixed9", "mixed8", "mixed7", "mixed6"),
    "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
    "the default, and the best kept",
    joined="mixed8+mixed6",
)
ARCHITECTURES = {
    known.name: known
    for known in (
        INCEPTION,
        Architecture(
            "mobilenet_v3_large",
            "MobileNetV3Large",
            224,
            "signed",
            True,
            (TOP, "expanded_conv_14_add", "expanded_conv_11_add"),
            "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
            "small; for a camera that needs speed",
            (("include_preprocessing", False),),
        ),
        Architecture(
            "mobilenet_v3_small",
            "MobileNetV3Small",
            224,
            "signed",
            True,
            (TOP, "expanded_conv_10_add", "expanded_conv_7_add"),
            "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
            "the smallest here",
            (("include_preprocessing", False),),
        ),
        Architecture(
            "mobilenet_v2",
            "MobileNetV2",
            224,
            "signed",
            True,
            ("out_relu", "block_15_add", "block_12_add"),
            "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
            "small, with rectified units alone, which 8 bits keep well",
        ),
        Architecture(
            "efficientnet_b0",
            "EfficientNetB0",
            224,
            "built in",
            True,
            ("top_activation", "block6d_add", "block5c_add"),
            "efficientnetb0_notop.h5",
            "sigmoids throughout: measure its 8 bits before you choose it",
        ),
        Architecture(
            "efficientnet_v2_b0",
            "EfficientNetV2B0",
            224,
            "torch",
            True,
            ("top_activation", "block6h_add", "block5e_add"),
            "efficientnetv2-b0_notop.h5",
            "sigmoids throughout: measure its 8 bits before you choose it",
            (("include_preprocessing", False),),
        ),
        Architecture(
            "resnet50",
            "ResNet50",
            224,
            "caffe",
            True,
            ("conv5_block3_out", "conv4_block6_out"),
            "resnet50_weights_tf_dim_ordering_tf_kernels_notop.h5",
            "plain and large",
        ),
        Architecture(
            "densenet121",
            "DenseNet121",
            224,
            "torch",
            True,
            ("relu", "pool4_relu"),
            "densenet121_weights_tf_dim_ordering_tf_kernels_notop.h5",
            "few weights, many operations",
        ),
        Architecture(
            "xception",
            "Xception",
            299,
            "signed",
            False,
            ("block14_sepconv2_act", "block13_sepconv2_bn"),
            "xception_weights_tf_dim_ordering_tf_kernels_notop.h5",
            "separable convolutions, as large as Inception v3",
        ),
    )
}


def find_architecture(name: str) -> Architecture:
    """Return the architecture of that name.

    Raises:
        InputError: there is none.
    """
    if name not in ARCHITECTURES:
        raise InputError(f"no backbone is called {name!r}", expected=" or ".join(ARCHITECTURES))
    return ARCHITECTURES[name]
