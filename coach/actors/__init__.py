"""The folder of actors: what the coach knows of each actor's face, as numbers."""
