"""What a transaction set tells of itself, and the sets that a reader knows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

import msgspec

from recoup_x12.core.delimiters import Delimiters
from recoup_x12.core.guide import Guide
from recoup_x12.core.items import Item
from recoup_x12.core.limits import Limits
from recoup_x12.core.problem import Problem
from recoup_x12.core.transaction import Place, TransactionReader

ReaderFactory = Callable[[Guide, Delimiters, Limits, Place], TransactionReader]


class Rescue(msgspec.Struct, frozen=True, eq=False):
    """How a set is read where nothing of its kind can be read by the guide, so that none of its units is lost.

    `openers` are segments that only this set has; `group_openers` those that begin it in a group of its kind. `read`
    makes a reader that holds every unit in doubt for the problem it is given; `salvage` reads bytes outside any
    interchange. `repaired` gives a segment under the name that it was meant to have where its own is damaged, by the
    element separator. `message` and `how_to_fix` are the problem of a unit that stands in an interchange, but in no
    such set.
    """

    openers: frozenset[str]
    group_openers: frozenset[str]
    read: Callable[[Delimiters, Limits, Place, Problem], TransactionReader]
    salvage: Callable[[bytes, Limits], Iterator[Item]]
    repaired: Callable[[str, str], str | None]
    message: str
    how_to_fix: str


class TransactionSet(msgspec.Struct, frozen=True, eq=False):
    """A transaction set: its ID (ST01), its functional group (GS01), and how it is read, if it is.

    `implementations` are guides by ST03 or GS08; `current` names those a refusal asks for, as `X222A1`.
    `reported_snip` is the deepest SNIP type of which a 999 tells errors; what is deeper another answer tells, a 277CA.
    """

    id: str
    group: str
    implementations: Mapping[str, Guide] = MappingProxyType({})
    current: tuple[str, ...] = ()
    reader: ReaderFactory | None = None
    reported_snip: int = 2
    rescue: Rescue | None = None


class Registry:
    """The sets that a reader knows, in the order in which a refusal names them."""

    def __init__(self, sets: Iterable[TransactionSet]) -> None:
        self.sets = tuple(sets)
        self.read_here = tuple(s for s in self.sets if s.reader is not None)
        self._guides = {name: (s, guide) for s in self.read_here for name, guide in s.implementations.items()}
        self.rescued = tuple((s, s.rescue) for s in self.read_here if s.rescue is not None)
        self.openers = tuple(sorted({name for _, rescue in self.rescued for name in rescue.openers}))
        self.strays = frozenset(n for _, rescue in self.rescued for n in rescue.openers | rescue.group_openers)
        self.rescued_ids = frozenset(s.id for s, _ in self.rescued)
        self.rescued_groups = frozenset(s.group for s, _ in self.rescued)
        self._snips = {s.id: s.reported_snip for s in self.sets}
        self._groups = {s.group for s in self.read_here}
        self.groups_wanted = _either(list(dict.fromkeys(f"{s.group} ({s.id})" for s in self.read_here)))
        by_id: dict[str, list[str]] = {}
        for one in self.read_here:
            by_id.setdefault(one.id, []).extend(one.current)
        self.sets_wanted = _either([f"{name} ({', '.join(current)})" for name, current in by_id.items()])

    def reads_group(self, code: str) -> bool:
        """Return True if sets of groups of this kind (GS01) are read."""
        return code in self._groups

    def find(self, implementation: str, kind: str, group: str) -> tuple[TransactionSet, Guide] | None:
        """Find the set and guide of an implementation.

        Args:
            implementation: The implementation guide (GS08, ST03), such as 005010X222A1.
            kind: ST01 of the set.
            group: GS01 of its group.

        Returns:
            Both, if the implementation is of this ST01 and in a group of this GS01; None otherwise.
        """
        found = self._guides.get(implementation)
        return found if found is not None and found[0].id == kind and found[0].group == group else None

    def astray_in(self, implementation: str, kind: str, group: str) -> tuple[TransactionSet, Guide] | None:
        """Find the set and guide of an implementation in a group of another kind, where units are judged one by one.

        Money that was paid is certain or not by what its own set says: the group's kind tells nothing of it.

        Args:
            implementation: The implementation guide (GS08, ST03).
            kind: ST01 of the set.
            group: GS01 of its group.

        Returns:
            Both; None where the group is the right one, or the set's units are not read in any case.
        """
        found = self._guides.get(implementation)
        if found is None or found[0].id != kind or found[0].group == group or found[0].rescue is None:
            return None
        return found

    def groups_of(self, kind: str) -> list[str]:
        """The kinds of group (GS01) in which sets of this ST01 travel; none where no such set is read."""
        return list(dict.fromkeys(s.group for s in self.read_here if s.id == kind))

    def rescuing(self, kind: str, group: str) -> tuple[TransactionSet, Rescue] | None:
        """The set whose units are read whatever is wrong with a set of this ST01 or in a group of this GS01.

        A set of another kind that is read here is no such unit, only in the wrong group.
        """
        stray = bool(self.groups_of(kind))
        return next(
            ((s, rescue) for s, rescue in self.rescued if kind == s.id or (group == s.group and not stray)), None
        )

    def astray(self, segment: str, kind: str, group: str) -> tuple[TransactionSet, Rescue] | None:
        """Find the set that a segment outside any readable set belongs to.

        Args:
            segment: The segment's ID.
            kind: Its first element: ST01 of an ST.
            group: GS01 of the group it stands in.

        Returns:
            The set and how its units are read; None where it opens none.
        """
        for one, rescue in self.rescued:
            if segment in rescue.openers or (segment == "ST" and kind == one.id):
                return one, rescue
            if segment in rescue.group_openers and group == one.group:
                return one, rescue
        return None

    def damaged(self, text: str, separator: str) -> tuple[TransactionSet, Rescue] | None:
        """The set that a segment outside any readable set opens a unit of, under the name it was meant to have."""
        for one, rescue in self.rescued:
            meant = rescue.repaired(text, separator)
            if meant is not None and meant.partition(separator)[0] in rescue.openers:
                return one, rescue
        return None

    def is_rescued(self, segment: str, kind: str) -> bool:
        """Return True for a GS or ST of a kind of group or set (its first element) whose units are read in any case."""
        return (segment == "GS" and kind in self.rescued_groups) or (segment == "ST" and kind in self.rescued_ids)

    def salvage(self, content: bytes, limits: Limits) -> Iterator[Item]:
        """Read what can be read of bytes outside any interchange."""
        for _, rescue in self.rescued:
            yield from rescue.salvage(content, limits)

    def reported_snip(self, kind: str) -> int:
        """The deepest SNIP type of which the 999 to a set of this ST01 tells errors."""
        return self._snips.get(kind, 2)


def _either(names: list[str]) -> str:
    return " or ".join(part for part in (", ".join(names[:-1]), names[-1] if names else "") if part)
