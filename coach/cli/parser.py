"""An argument parser whose options and commands can be listed; argparse keeps its own lists private."""

from __future__ import annotations

import argparse
from typing import Any, Protocol


class Options(Protocol):
    """Whatever takes options: a parser or a section of its help."""

    def add_argument(self, *names: str, **details: Any) -> argparse.Action:  # noqa: ANN401  # as argparse has it
        """Add an option, as `argparse.ArgumentParser.add_argument` does."""
        ...


class CommandParser(argparse.ArgumentParser):
    """A parser that remembers what was added to it.

    Attributes:
        options: every option and argument, in the order they were added.
        commands: the parsers of the commands below this one, by name.
    """

    def __init__(self, *words: Any, **details: Any) -> None:  # noqa: ANN401  # as argparse has it
        self.options: list[argparse.Action] = []
        self.commands: dict[str, CommandParser] = {}
        super().__init__(*words, **details)

    def add_argument(self, *names: str, **details: Any) -> argparse.Action:  # noqa: ANN401  # as argparse has it
        """Add an option and remember it."""
        action = super().add_argument(*names, **details)
        self.options.append(action)
        return action

    def section(self, title: str, description: str | None = None) -> Section:
        """A group of options with a heading of its own in the help."""
        return Section(self.add_argument_group(title, description), self.options)

    def one_of(self, *, required: bool) -> Section:
        """A group of options of which only one may be given."""
        return Section(self.add_mutually_exclusive_group(required=required), self.options)

    def add_commands(self, title: str, metavar: str, commands: dict[str, str]) -> None:
        """Add a parser for each of `commands`: name and one line of help."""
        below = self.add_subparsers(title=title, metavar=metavar)
        for name, about in commands.items():
            self.commands[name] = below.add_parser(name, help=about)


class Section:
    """Options of a parser under one heading."""

    def __init__(self, group: Options, options: list[argparse.Action]) -> None:
        self._group = group
        self._options = options

    def add_argument(self, *names: str, **details: Any) -> argparse.Action:  # noqa: ANN401  # as argparse has it
        """Add an option and remember it."""
        action = self._group.add_argument(*names, **details)
        self._options.append(action)
        return action
