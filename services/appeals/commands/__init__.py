"""Appeals's own commands, run with its settings: `python -m services.appeals`; `recoup` has the same."""
