"""Reading a card's draft and writing a model beside its card, both or neither."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from coach.core.reading.card import ModelCard
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    pass


class ConversionError(Exception):
    """A model that is not converted; the text is the reason."""


def read_draft(path: Path) -> tuple[dict[str, Any], ModelCard]:
    """A classifier's card that need not name file and sha256 yet: as written, and checked.

    Raises:
        ConversionError: it cannot be read or says something that cannot be.
    """
    fields = read_fields(path)
    return fields, checked_card(fields, str(path))


def read_fields(path: Path) -> dict[str, Any]:
    """A JSON object's fields, unchecked.

    Raises:
        ConversionError: it cannot be read or is none.
    """
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ConversionError(f"{path}: {error}") from error
    if not isinstance(fields, dict):
        raise ConversionError(f"{path}: a card is a JSON object")
    return fields


def checked_card(fields: Mapping[str, Any], place: str) -> ModelCard:
    """A classifier's card of `fields` that need not name file and sha256 yet; mistakes name `place`.

    Raises:
        ConversionError: it says something that cannot be.
    """
    from pydantic import ValidationError

    from coach.base.errors import ModelError
    from coach.core.reading.card import ModelCard
    from coach.perception.model_file import mistakes

    try:
        return ModelCard.model_validate_json(json.dumps({**fields, "file": "draft.onnx", "sha256": "0" * 64}))
    except ValidationError as error:
        raise ConversionError(f"{place}: {mistakes(error)}") from None
    except (ValueError, RecursionError, ModelError) as error:
        raise ConversionError(f"{place}: {error}") from error


def publish(model: bytes, card: Mapping[str, Any], folder: Path) -> Path:
    """Write `folder`/NAME.onnx and NAME.json, where NAME is the card's name, and return the path of the model.

    The card gets the model's file name and sha256. Each file appears whole or not at all, the model first: a card is
    never there without its model.

    Raises:
        ConversionError: the name is not fit for a file, or the folder cannot be written to.
    """
    name = _checked_name(card)
    whole = {"name": name, "file": f"{name}.onnx", "sha256": hashlib.sha256(model).hexdigest()}
    whole |= {key: value for key, value in card.items() if key not in whole}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder / f"{name}.onnx", model)
        _write(folder / f"{name}.json", _one_field_a_line(whole).encode())
    except OSError as error:
        raise ConversionError(f"cannot write to {folder}: {error}") from error
    return folder / f"{name}.onnx"


def _one_field_a_line(card: Mapping[str, Any]) -> str:
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
