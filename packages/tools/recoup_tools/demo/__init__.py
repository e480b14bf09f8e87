"""The demo's inputs and its counterpart: seeded X12 files, a payer simulator, and the check of the books."""
