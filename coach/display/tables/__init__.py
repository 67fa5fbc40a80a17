"""Reports, histories and comparisons on the terminal."""
