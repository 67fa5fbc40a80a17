"""Fakes of every protocol, for the tests of the coach and of programs built on it."""
