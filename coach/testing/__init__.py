"""Fakes of every seam, for the tests of the coach and of whatever is built on it."""
