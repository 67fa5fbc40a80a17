"""Read a model and its card from disk and check everything that can be checked without running the model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from pydantic import ValidationError

from coach.base.errors import ModelError
from coach.base.text import clean
from coach.core.reading.card import NetworkCard
from coach.perception.models import TRUSTED

if TYPE_CHECKING:
    from coach.perception.onnx_scan import Scan

MAX_MODEL_BYTES: Final = 64 * 2**20
MAX_CARD_BYTES: Final = 2**20

OPERATORS: Final = frozenset(
    {
        "Add",
        "AveragePool",
        "BatchNormalization",
        "Cast",
        "Clip",
        "Concat",
        "Constant",
        "Conv",
        "DepthToSpace",
        "DequantizeLinear",
        "Div",
        "Dropout",
        "Elu",
        "Erf",
        "Exp",
        "Flatten",
        "Gather",
        "Gemm",
        "GlobalAveragePool",
        "GlobalMaxPool",
        "HardSigmoid",
        "HardSwish",
        "Identity",
        "InstanceNormalization",
        "LayerNormalization",
        "LeakyRelu",
        "MatMul",
        "MaxPool",
        "Mul",
        "PRelu",
        "Pad",
        "Pow",
        "QuantizeLinear",
        "ReduceMax",
        "ReduceMean",
        "ReduceSum",
        "Relu",
        "Reshape",
        "Selu",
        "Shape",
        "Sigmoid",
        "Slice",
        "Softmax",
        "Softplus",
        "Softsign",
        "Split",
        "Sqrt",
        "Squeeze",
        "Sub",
        "Sum",
        "Tanh",
        "Transpose",
        "Unsqueeze",
    }
)
"""The operators that a foreign model may use: those that image classifiers need. None of them loops, branches, reads
files or fills memory."""

CardT = TypeVar("CardT", bound=NetworkCard)


@dataclass(frozen=True, slots=True)
class ModelFile(Generic[CardT]):
    """The bytes of a model with its card; `trusted` says that it is a shipped one."""

    path: Path
    data: bytes
    card: CardT
    trusted: bool


def read_model(path: Path, kind: type[CardT]) -> ModelFile[CardT]:
    """Read NAME.onnx at `path` and the card NAME.json beside it.

    Raises:
        ModelError: one of them is missing, damaged, too large or unsafe, or they do not belong together.
    """
    if path.suffix != ".onnx":
        raise ModelError(f"{_name(path)} is no .onnx file; docs/model.md says how to convert other models.")
    data = _read(path, MAX_MODEL_BYTES, "model")
    card = read_card(path.with_suffix(".json"), kind)
    _check_pair(path, data, card)
    trusted = card.sha256 in TRUSTED
    if not trusted:
        _check_labels(check_safe(data, _name(path)), card, _name(path))
    return ModelFile(path, data, card, trusted)


def read_card(path: Path, kind: type[CardT]) -> CardT:
    """Read a card.

    Raises:
        ModelError: it is missing, not JSON, or has an invalid field.
    """
    text = _read(path, MAX_CARD_BYTES, "model card")
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise ModelError(f"{_name(path)}: {mistakes(error)}") from None


def mistakes(error: ValidationError) -> str:
    """The mistakes in a card, field by field, on one line."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}".removeprefix(": ") for each in found]
    return clean("; ".join(lines[:5]).replace("Value error, ", ""))


def _read(path: Path, limit: int, what: str) -> bytes:
    try:
        if not path.is_file():
            raise ModelError(f"{what} not found: {_name(path)}{_hint(path)}")
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ModelError(f"cannot read the {what} {_name(path)}: {error.strerror}") from error
    if len(data) > limit:
        raise ModelError(f"{_name(path)} is larger than {limit // 2**20} MB, the most a {what} may have.")
    return data


def _hint(path: Path) -> str:
    return (
        ". A model needs its card beside it; docs/model.md says what belongs in it." if path.suffix == ".json" else ""
    )


def _check_pair(path: Path, data: bytes, card: NetworkCard) -> None:
    if card.file != path.name:
        raise ModelError(
            f"{_name(path.with_suffix('.json'))} is the card of {clean(card.file, 60)}, not of {path.name}."
        )
    found = hashlib.sha256(data).hexdigest()
    if found != card.sha256:
        raise ModelError(
            f"{_name(path)} is not the file that its card describes (sha256 {found[:12]}…, the card says "
            f"{card.sha256[:12]}…): it was changed or damaged. Fetch or convert it again."
        )


def check_safe(data: bytes, name: str) -> Scan:
    """Check that the foreign ONNX model in `data` only does what classifiers need; what it is made of.

    Raises:
        ModelError: it is not an ONNX model, or could do more than classify; the message calls it `name`.
    """
    from coach.perception.onnx_scan import NotOnnxError, scan

    try:
        found = scan(data)
    except NotOnnxError as error:
        raise ModelError(f"{name} is no ONNX model: {error}.") from None
    objection = _objection(found)
    if objection:
        raise ModelError(f"{name} was refused: {objection}.")
    return found


def _check_labels(found: Scan, card: NetworkCard, name: str) -> None:
    written, said = found.metadata.get("labels"), getattr(card, "labels", None)
    if written is not None and said is not None and written != ",".join(said):
        raise ModelError(f"{name}: its own label order is {clean(written, 100)}, its card says {','.join(said)}.")


def _objection(found: Scan) -> str | None:
    if found.external:
        return "it keeps weights in other files, a model must be one file"
    if found.functions or found.subgraphs:
        return "it carries functions, loops or branches, which a face classifier does not need"
    unknown = sorted(found.operators - OPERATORS)
    if unknown:
        return f"it uses {clean(', '.join(unknown), 100)}, which models from outside may not"
    return None


def _name(path: Path) -> str:
    return clean(str(path), 300)
