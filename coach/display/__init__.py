"""Displays: the live view and the window of a rehearsal, the mirror, and reports on the terminal."""
