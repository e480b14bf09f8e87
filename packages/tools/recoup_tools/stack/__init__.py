"""Everything Recoup needs, on one machine, without root and without Docker."""

from recoup.local import DEFAULT_DIR, StackError
from recoup_tools.stack.local import SIMULATOR, Stack

__all__ = ["DEFAULT_DIR", "SIMULATOR", "Stack", "StackError"]
