"""Scripts: lines, their targets, their timing, and how long words take to say."""
