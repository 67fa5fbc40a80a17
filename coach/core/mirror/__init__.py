"""The mirror: readings of everyone in sight, moment by moment and in total."""
