"""Self-contained pages of reports, histories and comparisons, and their tables for other programs."""
