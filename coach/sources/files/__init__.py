"""Recorded takes: video files and pictures."""
