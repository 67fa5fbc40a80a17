"""Memory that was used for a short time goes back to the system."""

from __future__ import annotations

import subprocess
import sys

import pytest

_USE_AND_GIVE_BACK = """
import psutil
from coach.base.memory import give_back_memory
blocks = [b"x" * 100_000 for _ in range(1_000)]  # each small enough to stay with the C library when it is freed
last = b"y" * 100_000
full = psutil.Process().memory_info().rss
del blocks
give_back_memory()
print(full - psutil.Process().memory_info().rss)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc keeps what was freed")
def test_freed_memory_goes_back_to_the_system() -> None:
    done = subprocess.run([sys.executable, "-c", _USE_AND_GIVE_BACK], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 80_000_000
