"""The mirror for other programs: ``from coach.mirror import mirror``. It lives in `coach.app.mirror`."""

from coach.app.mirror import mirror, views

__all__ = ["mirror", "views"]
