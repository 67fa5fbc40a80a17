"""Tables as Parquet files."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from coach.base.errors import MissingLibraryError
from coach.base.files import PRIVATE_FILE_MODE

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError as error:
    raise MissingLibraryError(
        "tables need one more package: python -m pip install 'coach[archive]', or 'coach[cluster]' for many machines"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from typing_extensions import Self

    from coach.archive.rows import ColumnType, Row

ROWS_AT_ONCE: Final = 20_000
"""Rows in memory before they are written; about 20 MB."""

_TYPES: Final[Mapping[ColumnType, pa.DataType]] = {
    "text": pa.string(),
    "texts": pa.list_(pa.string()),
    "whole": pa.int64(),
    "number": pa.float64(),
    "yes or no": pa.bool_(),
}


def schema_of(columns: Mapping[str, ColumnType]) -> pa.Schema:
    """The schema of a table with `columns`."""
    return pa.schema([(name, _TYPES[kind]) for name, kind in columns.items()])


class TableWriter:
    """Writes rows to a new Parquet file, some thousand at a time; a context manager that completes the file.

    The file is not complete, and cannot be read, before the end of the context. It is only for its user.
    """

    def __init__(self, path: Path, columns: Mapping[str, ColumnType]) -> None:
        """Create the file.

        Raises:
            OSError: the file exists or cannot be created.
        """
        self._columns = columns
        self._schema = schema_of(columns)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._file = os.fdopen(os.open(path, flags, PRIVATE_FILE_MODE), "wb")
        self._writer = pq.ParquetWriter(self._file, self._schema, compression="zstd")
        self._rows: list[Row] = []

    def add(self, row: Row) -> None:
        """Write `row`; columns that it does not have are empty.

        Raises:
            OSError: the disk is full or gone.
        """
        self._rows.append(row)
        if len(self._rows) >= ROWS_AT_ONCE:
            self._flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with suppress(OSError):  # the file is given up
                self._writer.close()
                self._file.close()
            return
        self._flush()
        self._writer.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def _flush(self) -> None:
        rows, self._rows = self._rows, []
        cells = {name: [_cell(row.get(name)) for row in rows] for name in self._columns}
        self._writer.write_table(pa.table(cells, schema=self._schema))


def write_table(path: Path, columns: Mapping[str, ColumnType], rows: Iterable[Row]) -> None:
    """Write `rows` to the new file `path`.

    Raises:
        OSError: the file exists or cannot be written.
    """
    with TableWriter(path, columns) as table:
        for row in rows:
            table.add(row)


def read_table(path: Path) -> list[Row]:
    """The rows of the Parquet file at `path`, or of all Parquet files in that folder.

    Raises:
        OSError: there is no such file, it cannot be read or is damaged.
    """
    try:
        rows: list[Row] = pq.read_table(path).to_pylist()
    except pa.ArrowException as error:
        raise OSError(str(error)) from error
    return rows


def _cell(value: Any) -> Any:  # noqa: ANN401  # cells have any of the types of the columns
    """`value`, with a ``?`` for each character that UTF-8 cannot hold, such as a byte of a file name."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    return [_cell(each) for each in value] if isinstance(value, list) else value
