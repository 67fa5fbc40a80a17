"""Give a finished model a second head for the challenge's one label: `python -m tools.label_head MODEL --data FER`.

Published figures on FER-2013 are by one label a face, which agrees with most viewers on about 65 %. A network that
learnt what viewers said cannot match both with one answer. The second head, logistic regression on what its body
finds, gives `as_labelled` beside `probabilities`; the first answer and all that the coach does stay as they are.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from tools.evaluation.predictions import AS_LABELLED

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.core.reading.card import InputCard

STRENGTH: Final = 0.01
"""Inverse of the penalty on the weights. Of 0.0001 to 0.01 the largest was best on the faces held out."""

_ABOUT: Final = "the label that the challenge's labeller would give; for comparing with published figures only"


def main(words: list[str] | None = None) -> int:
    """Add the head; gives the exit code."""
    args = _parser().parse_args(words)
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    from tools.console import quiet_tensorflow
    from tools.conversion.model_files import ConversionError
    from tools.datasets.fer import DataError

    quiet_tensorflow()
    try:
        found = add_head(args.model, args.data)
    except (ConversionError, DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{args.model} has a second head: right on {found:.1%} of the faces held out, by labels")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Give a finished model a second head for the challenge's one label.")
    parser.add_argument("model", type=Path, help="NAME.onnx with its card NAME.json, both written anew")
    parser.add_argument("--data", type=Path, required=True, help="FER-2013, as the model was trained on")
    return parser


def add_head(path: Path, data: Path) -> float:
    """Add the head to the model at `path`, and give the share of the faces held out that it labels right.

    Raises:
        ConversionError: the model does not end in one dense layer and a softmax, or has the head already.
        DataError: there are no faces.
        OSError: a file cannot be read or written.
    """
    import numpy as np

    from tools.conversion.model_files import publish, read_draft
    from tools.datasets.fer import HELD_OUT, load_fer, split_faces

    fields, card = read_draft(path.with_suffix(".json"))
    model, place = _opened(path)
    faces = load_fer(data, "train")
    learnt, held = (faces.pick(part) for part in split_faces(faces, HELD_OUT, 0))
    ask = _Body(model, place, card.input)
    both = np.concatenate([ask(learnt.faces), ask(learnt.faces[:, :, ::-1])])
    weights, biases = fit(both, np.concatenate([learnt.labels, learnt.labels]))
    right = float(((ask(held.faces) @ weights + biases).argmax(1) == held.labels).mean())
    whole = _with_head(model, place, weights, biases)
    fields["outputs"] = {AS_LABELLED: _ABOUT}
    fields.setdefault("measured", {})["held_out_as_labelled"] = round(right, 4)
    publish(whole, {name: value for name, value in fields.items() if name not in ("file", "sha256")}, path.parent)
    return right


def fit(found: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weights (features, 7) and biases (7,) that tell `labels` (N,) from what a body `found` (N, features)."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    middle, spread = found.mean(0), found.std(0) + 1e-6
    fitted = LogisticRegression(C=STRENGTH, max_iter=300).fit((found - middle) / spread, labels)
    weights = (fitted.coef_ / spread).T
    return weights.astype(np.float32), np.asarray(fitted.intercept_ - middle @ weights, np.float32)


def _opened(path: Path) -> tuple[Any, str]:
    """The model at `path`, and the name of what its last dense layer takes."""
    import onnx

    from tools.conversion.model_files import ConversionError

    model = onnx.load(path)
    if [each.name for each in model.graph.output] != ["probabilities"]:
        raise ConversionError(f"{path} has more than its one answer already")
    makers = {name: node for node in model.graph.node for name in node.output}
    node = makers["probabilities"]
    while node is not None and node.op_type not in ("Gemm", "MatMul"):
        if node.op_type not in ("Softmax", "Add", "QuantizeLinear", "DequantizeLinear"):
            break
        node = makers.get(node.input[0])
    if node is None or node.op_type not in ("Gemm", "MatMul"):
        raise ConversionError(f"{path} does not end in one dense layer and a softmax")
    return model, node.input[0]


class _Body:
    """A model up to its last layer."""

    def __init__(self, model: Any, place: str, card: InputCard) -> None:  # noqa: ANN401 - `onnx.ModelProto` has no types
        import onnx

        from coach.perception.onnx_session import open_session

        shown = onnx.ModelProto()
        shown.CopyFrom(model)
        shown.graph.output.append(onnx.helper.make_tensor_value_info(place, onnx.TensorProto.FLOAT, None))
        self._session = open_session(shown.SerializeToString(), "the model's body")
        self._place, self._card = place, card

    def __call__(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """What it finds (N, features) in grey `faces` (N, height, width) of any size."""
        import numpy as np

        from coach.perception.classifier import scale_crops
        from tools.datasets.crops import resize_crops

        entry = self._session.get_inputs()[0].name
        parts = []
        for start in range(0, len(faces), 128):
            crops = resize_crops(np.ascontiguousarray(faces[start : start + 128]), self._card.width, self._card.height)
            parts.append(self._session.run([self._place], {entry: scale_crops(crops, self._card)})[0])
        return np.concatenate(parts)


def _with_head(model: Any, place: str, weights: NDArray[np.float32], biases: NDArray[np.float32]) -> bytes:  # noqa: ANN401
    import onnx
    from onnx import helper, numpy_helper

    from tools.conversion.onnx_export import check_operators, tidy

    graph = model.graph
    graph.initializer.extend([numpy_helper.from_array(weights, "head"), numpy_helper.from_array(biases, "head_bias")])
    graph.node.extend(
        [
            helper.make_node("Gemm", [place, "head", "head_bias"], ["labelled"]),
            helper.make_node("Softmax", ["labelled"], [AS_LABELLED], axis=1),
        ]
    )
    shape: list[str | int | None] = ["batch", len(biases)]
    graph.output.append(helper.make_tensor_value_info(AS_LABELLED, onnx.TensorProto.FLOAT, shape))
    tidy(model)
    data: bytes = model.SerializeToString(deterministic=True)
    check_operators(data)
    return data


if __name__ == "__main__":
    sys.exit(main())
