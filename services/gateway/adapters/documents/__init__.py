"""Patients' documents as text, page and PDF."""
