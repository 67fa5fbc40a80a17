"""Gives memory back to the system after much of it was used for a short time."""

from __future__ import annotations

import ctypes
import gc
import sys


def give_back_memory() -> bool:
    """Return the memory that nothing needs any more to the system; whether there was any.

    Networks and pictures of a take that has ended are in circles of references, which Python finds only after many more
    objects were made, and glibc keeps what threads have freed. A studio that played take after take had 600 MB after an
    hour. Under another C library only the circles are freed.
    """
    gc.collect()
    if sys.platform != "linux":
        return False
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):  # another C library
        return False
    return bool(trim(0))
