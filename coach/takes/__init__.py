"""Takes: the folder of a run with its journal, its video and its report. Everything in it is private to its user."""
