"""Policies and fees from files: shipped ones by name, others by path."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from msgspec import structs

from services.settlement.application.decider import public_record_in, shipped_rulebook
from services.settlement.domain import fees, policy
from services.settlement.domain.policy_simulation import require
from services.settlement.domain.rulebook import Rulebook


def shipped_policies() -> tuple[str, ...]:
    """Names of the policies that come with the service."""
    files = resources.files("services.settlement") / "policies"
    names = (Path(f.name) for f in files.iterdir())
    return tuple(sorted(n.stem for n in names if n.suffix == ".toml" and n.stem not in ("fees", "record")))


def load_rulebook(name_or_path: str, fee_file: Path | None = None) -> Rulebook:
    """The rulebook with this policy; raises `PolicyError`, `FeeError` or `OSError` with what is wrong and where."""
    path = Path(name_or_path)
    if path.suffix == ".toml":
        shipped = shipped_rulebook()
        book = structs.replace(shipped, policy=policy.parse(path.read_text("utf-8"), source=path.name))
    elif name_or_path in shipped_policies():
        book = shipped_rulebook(name_or_path)
    else:
        known = ", ".join(shipped_policies())
        raise policy.PolicyError(
            f"no shipped policy is called {name_or_path!r}; there are: {known}; or name a .toml file"
        )
    if fee_file is not None:
        book = structs.replace(book, fees=fees.parse(fee_file.read_text("utf-8")))
    return book


def simulation_file(name_or_path: str) -> Path:
    """Where the record of a policy's simulation is: beside the policy, `.simulated.json` for `.toml`."""
    path = Path(name_or_path)
    if path.suffix == ".toml":
        return path.with_suffix(".simulated.json")
    return Path(str(resources.files("services.settlement") / "policies" / f"{name_or_path}.simulated.json"))


def load_simulated(name_or_path: str, fee_file: Path | None = None, record_file: Path | None = None) -> Rulebook:
    """The rulebook to decide by: its policy is valid and was simulated as it is.

    Raises as `load_rulebook` does, and `RecordUnreadable` for a public record that cannot be used.
    """
    book = load_rulebook(name_or_path, fee_file)
    if record_file is not None:
        book = structs.replace(book, public=public_record_in(record_file.read_bytes()))
    simulation = simulation_file(name_or_path)
    require(book.policy, simulation.read_bytes() if simulation.is_file() else None, source=name_or_path)
    return book
