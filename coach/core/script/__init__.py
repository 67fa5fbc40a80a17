"""Scripts: lines, their targets and their timing."""
