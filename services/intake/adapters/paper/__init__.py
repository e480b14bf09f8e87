"""Remittances on paper: as a person enters them, as CSV, and into what an 835 is read into."""
