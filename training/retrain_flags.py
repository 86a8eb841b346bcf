"""The options of `emberwatch retrain`, in the order in which its help tells of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

FOLDER = click.Path(path_type=Path)
Command = Callable[..., Any]

PICTURES = (
    click.option("--out", type=FOLDER, required=True, help="The run folder to write."),
    click.option(
        "--groups",
        type=FOLDER,
        help="TSV file with columns `file` and `group`: pictures of one scene, kept on one side "
        "of the split. Without it, frames of one scene land on both sides and the figures "
        "flatter.",
    ),
    click.option(
        "--site-frames",
        type=FOLDER,
        help="Folder of pictures of the camera's own view with nothing wrong: they train as "
        "--negative and are never tested on. A cure for false alarms of a fixed camera.",
    ),
    click.option(
        "--negative",
        default="misc",
        show_default=True,
        help="The class where nothing is wrong, which site frames belong to.",
    ),
    click.option(
        "--testing",
        type=float,
        default=10.0,
        show_default=True,
        help="Percentage held out to test.",
    ),
    click.option(
        "--validation", type=float, default=10.0, show_default=True, help="Percentage to validate."
    ),
    click.option(
        "--test-batch-size",
        type=click.IntRange(-1),
        default=-1,
        show_default=True,
        help="Test pictures to use; -1 for all.",
    ),
    click.option(
        "--validation-batch-size",
        type=click.IntRange(-1),
        default=-1,
        show_default=True,
        help="Validation pictures to use at each interval; -1 for all.",
    ),
    click.option(
        "--fit",
        type=click.Choice(["squash", "crop"]),
        default="squash",
        show_default=True,
        help="Squash the whole picture into the square input, or crop its middle.",
    ),
    click.option(
        "--labels-check/--no-labels-check",
        default=True,
        show_default=True,
        help="Name pictures whose label their features speak against.",
    ),
)

NETWORK = (
    click.option(
        "--backbone",
        default="inception_v3",
        show_default=True,
        metavar="NAME|MODULE",
        help="inception_v3, another of keras.applications such as mobilenet_v3_large (a wrong "
        "name lists them), or a .keras file or SavedModel folder of your own.",
    ),
    click.option(
        "--weights",
        metavar="FILE|imagenet|starter|random",
        help="The backbone's weights: a Keras file (full, without top, or cut at a block), "
        "Keras's own download, the small starter that is shipped, or none. Default: Keras's own "
        "if it can be had within ten seconds, else the starter.",
    ),
    click.option(
        "--cut",
        metavar="BLOCK|auto",
        help="The block whose features are used, such as mixed8. auto tries each and takes the "
        "one that does best on held-out scenes. Default: mixed8+mixed6, or the deepest there is.",
    ),
    click.option(
        "--features",
        type=click.Choice(["float", "int8"]),
        default="float",
        show_default=True,
        help="int8: features by the quantised backbone in the camera's runtime, on all cores. "
        "Faster, and the accuracy reported is then the camera's own (docs/speed.md).",
    ),
    click.option(
        "--precision",
        type=click.Choice(["auto", "float32", "bf16"]),
        default="auto",
        show_default=True,
        help="Numbers that float features are computed in. auto: bf16 where the processor has "
        "it, which takes half the time and changes features by about 1%.",
    ),
    click.option(
        "--bottleneck-dir",
        type=FOLDER,
        help="Where features are cached. Default: emberwatch/bottlenecks in the user's cache.",
    ),
    click.option(
        "--cluster",
        metavar="ADDRESS|local",
        help="Compute features on a Ray cluster that this machine has joined "
        "(pip install -r requirements/cluster.txt; docs/speed.md).",
    ),
    click.option(
        "--cluster-workers", type=click.IntRange(1), help="Workers to use. Default: all cores."
    ),
)

VIEWS = (
    click.option(
        "--crops",
        type=click.IntRange(0),
        default=4,
        show_default=True,
        help="Crops of each training picture in another light, whose features are cached too. "
        "Each costs as much as the pictures themselves.",
    ),
    click.option(
        "--patches",
        type=click.IntRange(0),
        default=3,
        show_default=True,
        help="Small patches of each training picture, for small fires and plain walls.",
    ),
    click.option(
        "--weathers",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Views of each training picture in fog, at night, in wrong colours, blurred, noisy. "
        "They gained nothing on our pictures (docs/decisions/training.md).",
    ),
    click.option(
        "--mixes",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Mixtures of each hazard with a site frame. They brought false alarms back in two "
        "sites of four (docs/decisions/training.md): try the result before you trust it.",
    ),
)

HEAD = (
    click.option("--steps", type=click.IntRange(1), default=4000, show_default=True),
    click.option(
        "--learning-rate", type=click.FloatRange(0, min_open=True), default=0.001, show_default=True
    ),
    click.option("--batch-size", type=click.IntRange(1), default=100, show_default=True),
    click.option(
        "--hidden",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Units of a hidden layer; 0 for none. The class map then no longer says where.",
    ),
    click.option(
        "--label-smoothing",
        type=click.FloatRange(0, 1, max_open=True),
        default=0.0,
        show_default=True,
    ),
    click.option(
        "--sampling",
        type=click.Choice(["balanced", "natural"]),
        default="balanced",
        show_default=True,
        help="balanced: each class alike in a batch. natural: as often as there are pictures.",
    ),
    click.option(
        "--early-stop/--no-early-stop",
        default=True,
        show_default=True,
        help="Keep the head of the step that did best on held-out scenes.",
    ),
    click.option(
        "--fine-tune",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        metavar="N",
        help="Then train the last N blocks of the backbone on, for those who have the time.",
    ),
    click.option("--seed", type=int, default=0, show_default=True),
)

FIGURES = (
    click.option(
        "--leave-one-group-out",
        is_flag=True,
        help="Also train once without each group and test on it: accuracy in scenes never seen.",
    ),
    click.option(
        "--probe/--no-probe",
        default=True,
        show_default=True,
        help="Show what whitening, fog, night and small fires do to the test pictures.",
    ),
    click.option(
        "--print-misclassified", is_flag=True, help="List the test pictures that were mistaken."
    ),
    click.option(
        "--eval-interval",
        type=click.IntRange(1),
        default=200,
        show_default=True,
        help="Steps between two lines of figures.",
    ),
    click.option("--summaries-dir", type=FOLDER, help="TensorBoard summaries; never wiped."),
    click.option("--intermediate-graphs-dir", type=FOLDER, help="Frozen graphs on the way."),
    click.option(
        "--intermediate-store-frequency",
        type=click.IntRange(0),
        default=0,
        show_default=True,
        help="Steps between two of them; 0 for none.",
    ),
    click.option("--checkpoint", type=FOLDER, help="File that the head is written to."),
)

OUTPUT = (
    click.option(
        "--output",
        type=FOLDER,
        help="Also write the model by this name's ending: .pb, .keras, .tflite (int8) or "
        ".savedmodel.",
    ),
)


def retrain_flags(command: Command) -> Command:
    """Give a command the argument and all the options of `emberwatch retrain`."""
    for add in reversed((*PICTURES, *NETWORK, *VIEWS, *HEAD, *FIGURES, *OUTPUT)):
        command = add(command)
    return click.argument("dataset", type=FOLDER)(command)
