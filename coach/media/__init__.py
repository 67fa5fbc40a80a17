"""Encoding and orientation of video, shared by takes, sources and recordings."""
