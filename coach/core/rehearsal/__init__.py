"""The engine of a rehearsal: where it stands in the script, and when the director speaks."""
