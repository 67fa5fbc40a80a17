"""Read draft cards, and write a model together with its card."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from coach.core.reading.card import ModelCard


class ConversionError(Exception):
    """A model cannot be converted; the message is the reason."""


def read_draft(path: Path) -> tuple[dict[str, Any], ModelCard]:
    """Read a draft card, which may lack `file` and `sha256`; return its fields as written, and the validated card.

    Raises:
        ConversionError: it cannot be read or has invalid values.
    """
    fields = read_fields(path)
    return fields, checked_card(fields, str(path))


def read_fields(path: Path) -> dict[str, Any]:
    """Read the fields of a JSON object, unchecked.

    Raises:
        ConversionError: the file cannot be read or holds no object.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConversionError(f"{path}: {error}") from error
    if not isinstance(fields, dict):
        raise ConversionError(f"{path}: a card is a JSON object")
    return fields


def checked_card(fields: Mapping[str, Any], place: str) -> ModelCard:
    """Validate `fields`, which may lack `file` and `sha256`, as a classifier's card; errors name `place`.

    Raises:
        ConversionError: a value is invalid or missing.
    """
    from pydantic import ValidationError

    from coach.base.errors import ModelError
    from coach.core.reading.card import ModelCard
    from coach.perception.model_file import card_mistakes

    try:
        return ModelCard.model_validate_json(json.dumps({**fields, "file": "draft.onnx", "sha256": "0" * 64}))
    except ValidationError as error:
        raise ConversionError(f"{place}: {card_mistakes(error)}") from None
    except (ValueError, RecursionError, ModelError) as error:
        raise ConversionError(f"{place}: {error}") from error


def write_model(model: bytes, card: Mapping[str, Any], folder: Path) -> Path:
    """Write `folder`/NAME.onnx and NAME.json, NAME being the card's name; return the path of the model.

    The card gets the model's file name and sha256. Each file is replaced atomically, the model first, so a card never
    exists without its model.

    Raises:
        ConversionError: the name is not a valid file name here, or the folder cannot be written to.
    """
    name = _checked_name(card)
    fields = {"name": name, "file": f"{name}.onnx", "sha256": hashlib.sha256(model).hexdigest()}
    fields |= {key: value for key, value in card.items() if key not in fields}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{name}.onnx", model)
        _write(folder / f"{name}.json", card_text(fields).encode())
    except OSError as error:
        raise ConversionError(f"cannot write to {folder}: {error}") from error
    return folder / f"{name}.onnx"


def card_text(card: Mapping[str, Any]) -> str:
    """The text of a card's file: JSON with one field a line, so that a change shows in a diff."""
    fields = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in card.items()]
    return "{\n" + ",\n".join(fields) + "\n}\n"


def _checked_name(card: Mapping[str, Any]) -> str:
    name = str(card.get("name"))
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,59}", name):
        raise ConversionError(f"the card's name {name[:80]!r} must be of a-z, 0-9, - and _, at most 60 long")
    return name


def _write(path: Path, content: bytes) -> None:
    new = path.with_name(path.name + ".new")
    new.write_bytes(content)
    new.replace(path)
