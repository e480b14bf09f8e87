"""Intake's own commands, run with its settings: `python -m services.intake`; `recoup` has the same."""
