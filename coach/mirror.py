"""Public name of the mirror for other programs: ``from coach.mirror import mirror``. See `coach.app.mirror`."""

from coach.app.mirror import mirror, views

__all__ = ["mirror", "views"]
