"""Intake's rules: identity, matching, counting and review of claims."""
