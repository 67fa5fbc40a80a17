"""The mirror: what is shown of everyone in sight."""
