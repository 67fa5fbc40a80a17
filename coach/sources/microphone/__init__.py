"""The microphone, read in a child process, for the sound of recordings."""
