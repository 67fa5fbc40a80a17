"""Asks which part of a script is the actor's."""

from __future__ import annotations

import sys

from coach.base.errors import UsageError
from coach.base.messages import tr
from coach.cli import output
from coach.core.script.script import Script
from coach.display.kit.writer import safe_text
from coach.scripts.roles import needs_role, roles_text, with_role


def choose_role(script: Script) -> Script:
    """`script` with the part that the actor names on the terminal. A script of one role is not asked about.

    Raises:
        UsageError: there is no terminal to ask in, or the answer is no role.
    """
    if not needs_role(script):
        return script
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        roles_list = roles_text(script.role_names)
        raise UsageError(tr("several people speak; name your part with --role: {roles}", roles=roles_list))
    roles = script.role_names
    rows = [f"  {number:>3}  {safe_text(role, sys.stdout.encoding or 'utf-8')}" for number, role in enumerate(roles, 1)]
    output.write("\n".join([tr("Several people speak:"), *rows, ""]))
    answer = output.read_answer(tr("Which part is yours? Number or name:") + " ").strip()
    number = int(answer) if answer.isdecimal() and len(answer) < 6 else 0
    return with_role(script, roles[number - 1] if 1 <= number <= len(roles) else answer)
