"""Takes of one script side by side."""
