"""Shared by all displays: console, keyboard, text in pictures, windows, progress bars, notices."""
