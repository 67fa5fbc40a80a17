"""Comparison of takes of one script: a ranking of the takes of each line, and the best of them."""
