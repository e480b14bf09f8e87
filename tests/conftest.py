"""Settings of the whole suite."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says what else the machine does; what a rule costs is measured by `make bench`.
settings.register_profile("recoup", deadline=None)
settings.load_profile("recoup")
