"""Gateway's own commands, run with its settings: `python -m services.gateway`; `recoup` has the same."""
