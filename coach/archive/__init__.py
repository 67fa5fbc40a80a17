"""Archives: many recordings, read by many processes or machines into tables. See docs/archives.md."""
