"""From readings to verdicts and the report."""
