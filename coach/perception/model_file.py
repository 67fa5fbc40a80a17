"""Read a model and its card from disk; check everything that can be checked without running the model."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from pydantic import ValidationError

from coach.base.errors import ModelError
from coach.base.messages import mark, tr
from coach.base.text import clean
from coach.core.reading.card import FileCard
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
"""The operators that a third-party model may use: those that image classifiers need. None of them loops, branches
or reads files. A new one that takes sizes as an input must also be in `coach.perception.onnx_scan`."""

CardT = TypeVar("CardT", bound=FileCard)


@dataclass(frozen=True, slots=True)
class ModelFile(Generic[CardT]):
    """The bytes of a model with its card; `trusted` is True for a shipped model."""

    path: Path
    data: bytes
    card: CardT
    trusted: bool


def read_model(path: Path, kind: type[CardT]) -> ModelFile[CardT]:
    """Read NAME.onnx at `path` and the card NAME.json beside it.

    Raises:
        ModelError: model or card is missing, damaged, too large or unsafe, or they do not belong together.
    """
    if path.suffix != ".onnx":
        message = tr("{file} is not an .onnx file; docs/model.md says how to convert other models.", file=_name(path))
        raise ModelError(message)
    data = _read(path, MAX_MODEL_BYTES, tr("model"))
    card = read_card(path.with_suffix(".json"), kind)
    _check_pair(path, data, card)
    trusted = card.sha256 in TRUSTED
    if not trusted:
        _check_labels(check_safe(data, _name(path)), card, _name(path))
    return ModelFile(path, data, card, trusted)


def read_card(path: Path, kind: type[CardT]) -> CardT:
    """Read a card.

    Raises:
        ModelError: the card is missing, not JSON, or has an invalid field.
    """
    text = _read(path, MAX_CARD_BYTES, tr("model card"))
    try:
        return kind.model_validate_json(text)
    except ValidationError as error:
        raise ModelError(f"{_name(path)}: {card_mistakes(error)}") from None


def card_mistakes(error: ValidationError) -> str:
    """The mistakes in a card, field by field, on one line."""
    details = error.errors(include_url=False, include_context=False, include_input=False)
    lines = [f"{'.'.join(str(key) for key in detail['loc'])}: {detail['msg']}".removeprefix(": ") for detail in details]
    return clean("; ".join(lines[:5]).replace("Value error, ", ""))


def _read(path: Path, limit: int, kind: str) -> bytes:
    try:
        if not path.is_file():
            raise ModelError(tr("{kind} not found: {file}", kind=kind, file=_name(path)) + _hint(path))
        with path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        message = tr("cannot read the {kind} {file}: {reason}", kind=kind, file=_name(path), reason=error.strerror)
        raise ModelError(message) from error
    if len(data) > limit:
        large = mark("{file} is larger than {limit} MB, the most a {kind} may have.")
        raise ModelError(tr(large, file=_name(path), limit=limit // 2**20, kind=kind))
    return data


def _hint(path: Path) -> str:
    if path.suffix != ".json":
        return ""
    return tr(". A model needs its card beside it; docs/model.md says what belongs in it.")


def _check_pair(path: Path, data: bytes, card: FileCard) -> None:
    if card.file != path.name:
        names = {"card": _name(path.with_suffix(".json")), "other": clean(card.file, 60), "file": path.name}
        raise ModelError(tr("{card} is the card of {other}, not of {file}.", **names))
    sha256 = hashlib.sha256(data).hexdigest()
    if sha256 != card.sha256:
        message = tr(
            "{file} is not the file that its card describes (sha256 {found}…, the card says {described}…): it was "
            "changed or damaged. Fetch or convert it again.",
            file=_name(path),
            found=sha256[:12],
            described=card.sha256[:12],
        )
        raise ModelError(message)


def check_safe(data: bytes, name: str) -> Scan:
    """Check that the third-party ONNX model in `data` can do no more than classify; returns its contents.

    Raises:
        ModelError: the data is not an ONNX model, or the model could do more; the message calls it `name`.
    """
    from coach.perception.onnx_scan import NotOnnxError, UnusualFormError, scan

    try:
        contents = scan(data)
    except UnusualFormError as error:
        raise ModelError(tr("{name} was refused: {reason}.", name=name, reason=error)) from None
    except NotOnnxError as error:
        raise ModelError(tr("{name} is not an ONNX model: {reason}.", name=name, reason=error)) from None
    objection = _objection(contents)
    if objection:
        raise ModelError(tr("{name} was refused: {reason}.", name=name, reason=objection))
    return contents


def _check_labels(contents: Scan, card: FileCard, name: str) -> None:
    in_model, in_card = contents.metadata.get("labels"), getattr(card, "labels", None)
    if in_model is not None and in_card is not None and in_model != ",".join(in_card):
        message = mark("{name}: its own label order is {own}, its card says {described}.")
        raise ModelError(tr(message, name=name, own=clean(in_model, 100), described=",".join(in_card)))


def _objection(contents: Scan) -> str | None:
    """Why a model with these contents is refused; None if it is accepted."""
    if contents.external:
        return tr("it keeps weights in other files; a model must be one file")
    if contents.functions or contents.subgraphs:
        return tr("it carries functions, loops or branches, which a face classifier does not need")
    unknown = sorted(contents.operators - OPERATORS)
    if unknown:
        return tr("it uses {operators}, which models from outside may not", operators=clean(", ".join(unknown), 100))
    if contents.sized_by_picture:
        where = ", ".join(sorted(contents.sized_by_picture))
        return tr("it computes sizes from the picture ({where}), which a face classifier does not need", where=where)
    return None


def _name(path: Path) -> str:
    return clean(str(path), 300)
