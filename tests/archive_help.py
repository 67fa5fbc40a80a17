"""Helpers for tests of archives: read, forge and import an archive."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path

from store_help import contents

from coach.base.errors import TakeError
from coach.takes.store import TakeStore

NAME = "2026-11-24_13-55-02_any"


def members(archive: Path) -> dict[str, bytes]:
    """Every member of an archive with its content."""
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def forge(path: Path, content_by_name: dict[str, bytes], *extra: tuple[zipfile.ZipInfo | str, bytes]) -> Path:
    """Write an archive with the members `content_by_name`, then `extra`; the manifest covers only the former."""
    content_by_name = dict(content_by_name)
    manifest = json.loads(content_by_name.pop("manifest.json"))
    files = manifest["takes"][0]["files"]
    for file in files:
        data = content_by_name.get(f"takes/{NAME}/{file['name']}", b"")
        file.update(size=len(data), sha256=hashlib.sha256(data).hexdigest())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [*content_by_name.items(), ("manifest.json", json.dumps(manifest).encode()), *extra]:
            archive.writestr(name, data)
    return path


def refusal_of(tmp_path: Path, archive: Path) -> str:
    """Import `archive`, which must be refused; return the message. Fails if the import leaves any files."""
    store = TakeStore(tmp_path / "store" / "takes")
    (tmp_path / "store").mkdir(exist_ok=True)
    try:
        imported = store.import_archive(archive)
    except TakeError as error:
        message = str(error)
    else:
        assert imported.takes == ()
        (message,) = imported.refused
    assert {path.name for path in (tmp_path / "store").rglob("*")} <= {"takes", "coach-store.json"}
    assert "\x1b" not in message
    assert ".import-" not in message
    return message


def imported_contents(archive: Path, folder: Path) -> list[dict[str, bytes]]:
    """The contents of the takes imported from `archive`; none if it is refused."""
    try:
        return [contents(take) for take in TakeStore(folder).import_archive(archive).takes]
    except TakeError:
        return []
