"""A live camera, owned by a child process that can be killed."""
