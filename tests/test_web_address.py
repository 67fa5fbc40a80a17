"""Validation of web addresses, and how they are shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.base.errors import UsageError
from coach.base.text import hidden_character
from coach.sources.opening import is_address
from coach.sources.web.address import MAX_LENGTH, safe_address, validate_address


@pytest.mark.parametrize(
    "spec",
    [
        "https://example.org/take",
        "HTTP://example.org",
        "http://127.0.0.1:8000/a.mp4",
        "http://[::1]/a",
        "http://nas.lan/a",
    ],
)
def test_http_and_https_addresses_of_any_host_are_accepted(spec: str) -> None:
    assert is_address(spec)
    assert validate_address(f" {spec}\n") == spec


@pytest.mark.parametrize("spec", ["take.mp4", "camera:0", "C:\\takes\\take.mp4", "concat:a|b", "/a/b://c", "a,,:x"])
def test_file_and_camera_names_are_not_addresses(spec: str) -> None:
    assert not is_address(spec)


@pytest.mark.parametrize(
    ("spec", "reason"),
    [
        ("file:///etc/passwd", "https://"),
        ("ftp://example.org/a", "https://"),
        ("http://", "address is not complete"),
        ("https:///a.mp4", "address is not complete"),
        ("http://example.org:port/", "address is not complete"),
        ("http://example.org:99999/", "address is not complete"),
        ("http://[::1/", "address is not complete"),
        ("http://example.org/a b", "characters"),
        ("http://example.org/\x1b[31m", "characters"),
        ("http://example.org/\u202ea", "characters"),
        ("http://example.org/" + "a" * MAX_LENGTH, "characters is not read"),
    ],
)
def test_an_invalid_web_address_is_refused(spec: str, reason: str) -> None:
    with pytest.raises(UsageError, match=reason) as caught:
        validate_address(spec)
    assert hidden_character(str(caught.value)) is None
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://vera:secret@example.org:8443/a?v=1#t=9", "https://example.org:8443/a?v=1"),
        ("https://vera:se@cret@example.org/", "https://example.org/"),
        ("http://vera:secret@[::1/a", "http://[::1/a"),
        ("http://vera:secret@example.org:x/", "http://example.org:x/"),
    ],
)
def test_user_and_password_are_not_shown(address: str, expected: str) -> None:
    assert safe_address(address) == expected


@given(st.text(), st.text(), st.text())
def test_control_characters_are_not_shown(user: str, host: str, path: str) -> None:
    text = safe_address(f"http://{user}@{host}/{path}")
    assert hidden_character(text) is None
    assert len(text) <= 120


def test_an_oversized_address_is_shown_without_its_password() -> None:
    assert "secret" not in safe_address("http://vera:secret@example.org/" + "a" * MAX_LENGTH)
