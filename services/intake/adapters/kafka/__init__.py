"""Intake's consumer of `edi.inbound`."""
