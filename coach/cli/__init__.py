"""The command line: a module for each command, which parses its options, calls the application and prints."""
