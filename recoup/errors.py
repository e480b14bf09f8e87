"""What a person is told when a command cannot do as asked."""

from __future__ import annotations


class StackError(Exception):
    """One line of what is wrong and one of how to mend it; `exit_code` is what the command ends with."""

    def __init__(self, message: str, hint: str = "", exit_code: int = 3) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.exit_code = exit_code
