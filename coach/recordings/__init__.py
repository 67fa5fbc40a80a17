"""Output files of a mirror run (annotated video, log, graph, pictures), and films joined from recordings."""
