"""One actor's own face: examples of its emotions, and how like them a face is. The only room of the core with numpy."""
