"""A live camera, held by a child process that can be killed."""
