"""Members of the API that were renamed, given under both names.

A renamed member stands under its former name too for one version, so that callers have time to change. Removing this
module and its calls ends that; what was stored under the former name must be renamed then.
"""

from __future__ import annotations

from typing import Any, cast

FORMER = {"how_to_fix": "mend"}
"""The former name of each renamed member."""


def with_both_names(value: Any) -> Any:
    """Return plain JSON values in which each renamed member stands under its present and its former name.

    Args:
        value: What a JSON decoder gives, at any depth, written under either name. It is not changed.

    Returns:
        A copy in which every object that has the member under one of the names has it under both.
    """
    if isinstance(value, dict):
        given = cast(dict[str, Any], value)
        members = {name: with_both_names(member) for name, member in given.items()}
        for present, former in FORMER.items():
            if present in members:
                members.setdefault(former, members[present])
            elif former in members:
                members[present] = members[former]
        return members
    if isinstance(value, list):
        return [with_both_names(member) for member in cast(list[Any], value)]
    return value
