"""Helpers for tests with axe, which looks for what keeps somebody from using a page."""

from __future__ import annotations

from axe_playwright_python.base import AxeResults

SERIOUS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
    "iframes": False,
    "preload": False,
}
"""The rules that name faults of WCAG 2.1 up to AA; reports in frames have tests of their own."""


def faults(found: AxeResults) -> list[str]:
    """What keeps somebody from using the page, with the elements."""
    return [
        f"{fault['id']}: {node['html']} {node['failureSummary']}"
        for fault in found.response["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
