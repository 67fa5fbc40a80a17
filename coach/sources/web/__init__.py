"""Videos on the web: fetched once by a child process, then read like any recording."""
