"""Listens to the actor: sound from a microphone or a file, and whether it is speech."""
