"""The mirror while it runs, and the pictures that are kept of it."""
