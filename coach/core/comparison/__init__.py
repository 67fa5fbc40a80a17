"""Takes of one script side by side: rankings line by line, and the best take of each line."""
