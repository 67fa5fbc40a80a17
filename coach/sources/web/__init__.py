"""Videos on the web, fetched once by a child process and then read like any recording."""
