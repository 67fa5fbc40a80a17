"""A script over many takes: history, trends, drills, notes."""
