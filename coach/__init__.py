"""Coach: a rehearsal coach for actors."""

__version__ = "0.1.0"
