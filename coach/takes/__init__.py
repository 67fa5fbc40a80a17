"""Takes: one folder per run with journal, video and report, readable by its user only."""
