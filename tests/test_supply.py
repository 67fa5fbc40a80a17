"""The check of what the coach is made of finds what it looks for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tools.supply import audit_faults, licence_faults, missing_wheel  # noqa: E402  # tools are beside the package


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "Apache Software License",
        "BSD-3-Clause AND 0BSD AND MIT AND Zlib AND CC0-1.0",
        "Apache-2.0 OR BSD-2-Clause",
        "GPL-3.0-only OR MIT",
        "Python Software Foundation License",
    ],
)
def test_permissive_licences_pass(licence: str) -> None:
    assert licence_faults([{"Name": "it", "License": licence}]) == []


@pytest.mark.parametrize(
    "licence", ["GPL-3.0-only", "MIT AND GPL-2.0", "UNKNOWN", "", "GNU Affero General Public License v3"]
)
def test_other_licences_are_named(licence: str) -> None:
    (fault,) = licence_faults([{"Name": "it", "License": licence}])
    assert fault.startswith(f"it: its licence is {licence!r}")


def test_a_vulnerability_is_named_with_the_release_that_mends_it(capsys: pytest.CaptureFixture[str]) -> None:
    bad = {"name": "it", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
    skipped = {"name": "other", "skip_reason": "Dependency not found"}
    assert audit_faults([bad, skipped]) == ["it 1.0: PYSEC-1, fixed in 1.1"]
    assert "1 of 2 packages were looked up" in capsys.readouterr().out


def test_where_no_advisory_service_answers_that_is_said_and_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit_faults([{"name": "it", "skip_reason": "Dependency not found"}]) == []
    assert "no advisory service answers" in capsys.readouterr().out


def test_the_package_without_a_wheel_is_named() -> None:
    errors = "ERROR: No matching distribution found for opentimelineio>=0.17\n"
    assert missing_wheel(errors) == "opentimelineio has no wheel for it"
    assert missing_wheel("no space left on device") == "no space left on device"
