"""Converters, measurements and set-up; never imported by the coach itself."""
