"""Scoring: from readings to verdicts, notes and the report."""
