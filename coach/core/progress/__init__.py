"""Progress over many takes of a script: history, trends, drills, the actor's own notes."""
