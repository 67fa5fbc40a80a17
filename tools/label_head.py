"""Add a second head for the challenge's one label to a finished model: `python -m tools.label_head MODEL --data FER`.

Published figures on FER-2013 use one label per face, which agrees with most viewers on about 65 %. A network that
learned viewers' votes cannot match both with one output. The second head, a logistic regression on the body's features,
adds the output `as_labelled` beside `probabilities`. The first output, and all that the coach does, stay the same.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # run from any folder, even if not installed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from coach.core.reading.card import InputCard

INVERSE_PENALTY: Final = 0.01
"""`C` of the logistic regression. Of 0.0001 to 0.01 the largest was best on the held-out faces."""

_ABOUT: Final = "the label that the challenge's labeller would give; for comparing with published figures only"


def main(words: list[str] | None = None) -> int:
    """Add the head and return the exit code."""
    args = _parser().parse_args(words)
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    from tools.console import quiet_tensorflow
    from tools.conversion.model_files import ConversionError
    from tools.datasets.fer import DataError

    quiet_tensorflow()
    try:
        accuracy = add_head(args.model, args.data)
    except (ConversionError, DataError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{args.model} has a second head: right on {accuracy:.1%} of the faces held out, by labels")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Add a second head for the challenge's one label to a finished model.")
    parser.add_argument("model", type=Path, help="NAME.onnx with its card NAME.json; both are overwritten")
    parser.add_argument("--data", type=Path, required=True, help="FER-2013, as the model was trained on")
    return parser


def add_head(path: Path, data: Path) -> float:
    """Add the head to the model at `path`; return its accuracy on the held-out faces, by labels.

    Raises:
        ConversionError: the model does not end in one dense layer and a softmax, or already has the head.
        DataError: the faces cannot be read.
        OSError: a file cannot be read or written.
    """
    import numpy as np

    from tools.conversion.model_files import read_draft, write_model
    from tools.datasets.fer import HELD_OUT, load_fer, split_faces
    from tools.evaluation.predictions import AS_LABELLED

    fields, card = read_draft(path.with_suffix(".json"))
    model, features = _open(path)
    faces = load_fer(data, "train")
    training, held_out = (faces.pick(part) for part in split_faces(faces, HELD_OUT, 0))
    body = _Body(model, features, card.input)
    both_views = np.concatenate([body(training.faces), body(training.faces[:, :, ::-1])])
    weights, biases = fit(both_views, np.concatenate([training.labels, training.labels]))
    accuracy = float(((body(held_out.faces) @ weights + biases).argmax(1) == held_out.labels).mean())
    data_with_head = _with_head(model, features, weights, biases)
    fields["outputs"] = {AS_LABELLED: _ABOUT}
    fields.setdefault("measured", {})["held_out_as_labelled"] = round(accuracy, 4)
    card_fields = {name: value for name, value in fields.items() if name not in ("file", "sha256")}
    write_model(data_with_head, card_fields, path.parent)
    return accuracy


def fit(features: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fit a logistic regression of `labels` (N,) on `features` (N, F); return weights (F, 7) and biases (7,)."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    mean, deviation = features.mean(0), features.std(0) + 1e-6
    regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=300).fit((features - mean) / deviation, labels)
    weights = (regression.coef_ / deviation).T
    return weights.astype(np.float32), np.asarray(regression.intercept_ - mean @ weights, np.float32)


def _open(path: Path) -> tuple[Any, str]:
    """Load the model at `path`; return it and the name of the input of its last dense layer."""
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
    """A model without its last layer."""

    def __init__(self, model: Any, features: str, card: InputCard) -> None:  # noqa: ANN401 - `onnx.ModelProto` is untyped
        import onnx

        from coach.perception.onnx_session import open_session

        body = onnx.ModelProto()
        body.CopyFrom(model)
        body.graph.output.append(onnx.helper.make_tensor_value_info(features, onnx.TensorProto.FLOAT, None))
        self._session = open_session(body.SerializeToString(), "the model's body")
        self._features, self._card = features, card

    def __call__(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the features (N, F) of grey `faces` (N, height, width) of any size."""
        import numpy as np

        from coach.perception.classifier import scale_crops
        from tools.datasets.crops import resize_crops

        entry = self._session.get_inputs()[0].name
        parts = []
        for start in range(0, len(faces), 128):
            crops = resize_crops(np.ascontiguousarray(faces[start : start + 128]), self._card)
            parts.append(self._session.run([self._features], {entry: scale_crops(crops, self._card)})[0])
        return np.concatenate(parts)


def _with_head(
    model: Any,  # noqa: ANN401 - `onnx.ModelProto` is untyped
    features: str,
    weights: NDArray[np.float32],
    biases: NDArray[np.float32],
) -> bytes:
    """Add the head to `model` on its tensor `features`, and serialise it."""
    import onnx
    from onnx import helper, numpy_helper

    from tools.conversion.onnx_export import canonical_bytes
    from tools.evaluation.predictions import AS_LABELLED

    graph = model.graph
    graph.initializer.extend([numpy_helper.from_array(weights, "head"), numpy_helper.from_array(biases, "head_bias")])
    graph.node.extend(
        [
            helper.make_node("Gemm", [features, "head", "head_bias"], ["labelled"]),
            helper.make_node("Softmax", ["labelled"], [AS_LABELLED], axis=1),
        ]
    )
    shape: list[str | int | None] = ["batch", len(biases)]
    graph.output.append(helper.make_tensor_value_info(AS_LABELLED, onnx.TensorProto.FLOAT, shape))
    return canonical_bytes(model)


if __name__ == "__main__":
    sys.exit(main())
