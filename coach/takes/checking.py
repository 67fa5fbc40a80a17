"""Whether the files of a take are what their names say, so that nothing else is handed on or taken in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from coach.base.errors import TakeError
from coach.base.files import fault_of, open_regular, why
from coach.base.settings import Settings
from coach.core.reading.card import ModelCard
from coach.core.script.script import Script
from coach.takes.contents import JOURNAL_NAME, REPORT_NAME, TakeFile
from coach.takes.journal import read_journal
from coach.takes.report_file import load_report

_MAX_JSON: Final = 64 << 20


def check_take(take: Path, files: Iterable[TakeFile]) -> None:
    """Nothing, where each of `files` of the take in folder `take` is what its name says.

    A journal that was cut off by a kill is one as well.

    Raises:
        TakeError: there is neither a journal nor a report, or a file is something else than its name says.
    """
    names = {file.name for file in files}
    if not names & {JOURNAL_NAME, REPORT_NAME}:
        raise TakeError(f"the take {take.name} has neither a journal nor a report")
    for file in files:
        check_file(file.name, file.path)


def check_file(name: str, path: Path) -> None:
    """Nothing, where the file at `path` is what `name` says.

    Raises:
        TakeError: it is something else, or cannot be read.
    """
    for pattern, check in _CHECKS.items():
        if re.fullmatch(pattern, name):
            check(path)
            return
    raise TakeError(f"{path}: no file that a take keeps")


def _is(model: type[BaseModel]) -> Callable[[Path], None]:
    def check(path: Path) -> None:
        try:
            model.model_validate_json(_read(path, _MAX_JSON))
        except ValidationError as error:
            raise TakeError(f"{path}: damaged ({fault_of(error)})") from error

    return check


def _is_json(path: Path) -> None:
    try:
        plain: Any = json.loads(_read(path, _MAX_JSON))
    except (ValueError, RecursionError) as error:
        raise TakeError(f"{path}: damaged, not JSON") from error
    if not isinstance(plain, (dict, list)):
        raise TakeError(f"{path}: not what its name says")


def _begins(*beginnings: tuple[int, bytes]) -> Callable[[Path], None]:
    """Checks that a file begins, so many bytes in, in one of these ways; an empty one was never written to."""

    def check(path: Path) -> None:
        head = _read(path, 64, whole=False)
        if head and not any(head[at : at + len(mark)] == mark for at, mark in beginnings):
            raise TakeError(f"{path}: not what its name says")

    return check


def _read(path: Path, limit: int, *, whole: bool = True) -> bytes:
    try:
        with open_regular(path) as file:
            data = file.read(limit + 1 if whole else limit)
    except OSError as error:
        raise TakeError(f"cannot read {path}: {why(error)}") from error
    if len(data) > limit:
        raise TakeError(f"{path}: over {limit >> 20} MB, not what its name says")
    return data


_CHECKS: Final[Mapping[str, Callable[[Path], object]]] = {
    r"(?:journal|signal-\d+)\.jsonl": read_journal,
    r"report(?:-.*)?\.json": load_report,
    r"script\.json": _is(Script),
    r"settings\.json": _is(Settings),
    r"model\.json": _is(ModelCard),
    r".*\.json": _is_json,
    r".*\.mp4": _begins((4, b"ftyp")),
    r".*\.jpg": _begins((0, b"\xff\xd8\xff")),
    r".*\.png": _begins((0, b"\x89PNG\r\n\x1a\n")),
}
"""The first that fits the name counts."""
