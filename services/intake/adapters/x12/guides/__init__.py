"""The implementation guides (TR3s) as tables: which loop holds which segments, how often, and how narrowed."""
