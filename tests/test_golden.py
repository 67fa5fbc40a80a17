"""The output for the stored takes does not change by accident: it is compared byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from golden_help import CASES, EXPECTED, Case, copy_takes, mask

from coach.cli.main import main


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_output_is_as_it_was(
    case: Case,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
    request: pytest.FixtureRequest,
) -> None:
    takes = copy_takes(tmp_path)
    case.prepare(takes)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", str(case.columns))
    assert main([*case.args, "--takes", "takes"]) == 0
    printed = capsysbinary.readouterr()
    output = printed.out + b"".join(b"! " + line for line in printed.err.splitlines(keepends=True))
    result = mask((tmp_path / case.written).read_bytes() if case.written else output)
    if request.config.getoption("--rewrite-golden"):
        EXPECTED.mkdir(exist_ok=True)
        (EXPECTED / case.name).write_bytes(result)
    assert result == (EXPECTED / case.name).read_bytes()


def test_every_expected_output_has_a_command() -> None:
    of_pictures = {"mirror.txt", "mirror.csv"}
    assert {path.name for path in EXPECTED.iterdir()} == {case.name for case in CASES} | of_pictures
