"""Writes `report.json` deterministically and atomically, and validates it when it is read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from coach.base.errors import TakeError
from coach.base.files import error_reason, open_regular, write_atomically
from coach.base.messages import tr
from coach.base.types import EMOTIONS
from coach.core.scoring.report import SCHEMA_VERSION, Report
from coach.takes.contents import JOURNAL_NAME
from coach.takes.event_log import LARGEST

MAX_BYTES: Final = 64 << 20
"""A script of 10,000 lines gives 8 MB."""


def report_json(report: Report) -> str:
    """Convert `report` to JSON text with a final newline; equal reports give equal text.

    Raises:
        ValueError: a number in it is not finite.
    """
    plain = report.model_dump(mode="python")
    plain["settings"] = dict(sorted(plain["settings"].items()))
    for line in plain["lines"]:
        line["read"] = {emotion: line["read"][emotion] for emotion in EMOTIONS if emotion in line["read"]}
    return plain_json(plain)


def plain_json(plain: dict[str, Any]) -> str:
    """Convert `plain` to JSON text with a final newline, numbers rounded to four decimals.

    Raises:
        ValueError: a number in it is not finite.
    """
    exact = json.dumps(plain, ensure_ascii=False, allow_nan=False)
    return json.dumps(json.loads(exact, parse_float=_round), indent=2, ensure_ascii=False) + "\n"


def _round(digits: str) -> float:
    return round(float(digits), 4) + 0.0  # + 0.0 turns -0.0 into 0.0


def write_report(path: Path, report: Report) -> None:
    """Write `report` atomically to `path`.

    Raises:
        OSError: the file cannot be written.
    """
    write_atomically(path, report_json(report).encode("utf-8", "replace"))


def load_report(path: Path) -> Report:
    """Read and validate the report at `path`.

    Raises:
        TakeError: the report cannot be read, is damaged, too large, or has an unknown schema version.
    """
    plain = _load(path)
    version = plain.get("schema_version")
    if version not in range(1, SCHEMA_VERSION + 1):
        raise TakeError(
            tr(
                "{path}: schema version {version!r:.40}; this Coach reads versions 1 to {supported}",
                path=path,
                version=version,
                supported=SCHEMA_VERSION,
            )
        )
    if not _has_sane_numbers(plain):
        raise TakeError(
            tr("{path}: damaged, a number in it is impossible; the take's journal may still hold everything", path=path)
        )
    try:
        return Report.model_validate(plain)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(key) for key in first["loc"])
        values = {"path": path, "field": field, "problem": first["msg"]}
        raise TakeError(tr("{path}: not a report of Coach ({field}: {problem})", **values)) from error


def _has_sane_numbers(value: Any) -> bool:  # noqa: ANN401  JSON
    """Whether every number in a JSON `value` is finite and not too large."""
    if isinstance(value, dict):
        return all(map(_has_sane_numbers, value.values()))
    if isinstance(value, list):
        return all(map(_has_sane_numbers, value))
    return not isinstance(value, (int, float)) or abs(value) <= LARGEST


def _load(path: Path) -> dict[str, Any]:
    try:
        with open_regular(path) as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise TakeError(tr("cannot read the report {path}: {reason}", path=path, reason=error_reason(error))) from error
    if len(data) > MAX_BYTES:
        raise TakeError(tr("{path}: over {megabytes} MB, not a report of Coach", path=path, megabytes=MAX_BYTES >> 20))
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise TakeError(
            tr("{path}: damaged, not JSON; the take's journal may still hold everything", path=path)
        ) from error
    if not isinstance(plain, dict):
        raise TakeError(tr("{path}: not a report of Coach", path=path))
    return plain


def export_file(path: Path, data: bytes, kind: str, mode: int = 0o666) -> None:
    """Write `data` to a path chosen by the user, with `mode` less the umask; an existing file is replaced.

    Raises:
        TakeError: `path` is not a regular file (but a link, a folder, a device), is inside a take, or cannot be
            written; the message calls the data `kind`.
    """
    path = path.expanduser().absolute()
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise TakeError(
            tr(
                "{path}: not a regular file; choose another place for the {kind}, or - to print it",
                path=path,
                kind=tr(kind),
            )
        )
    if (path.parent / JOURNAL_NAME).exists():
        raise TakeError(
            tr(
                "{path}: lies inside a take, which keeps its own report; choose another place for the {kind}",
                path=path,
                kind=tr(kind),
            )
        )
    try:
        write_atomically(path, data, mode)
    except OSError as error:
        raise TakeError(tr("cannot write {path}: {reason}", path=path, reason=error_reason(error))) from error
