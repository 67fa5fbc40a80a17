"""Videos on the web: a child process downloads them once, then they are read like any recording."""
