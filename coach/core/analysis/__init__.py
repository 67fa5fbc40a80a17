"""Data of a finished take for pages and comparisons: moments, curves, chart data and summary."""
