"""Intake: claims and remittances in X12, JSON and FHIR, deposits and paper, matched and emitted as events."""
