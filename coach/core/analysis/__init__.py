"""What a report page needs of a take: moments, curves, a summary."""
