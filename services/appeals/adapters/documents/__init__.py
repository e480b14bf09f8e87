"""Letters and forms: their data, templates, typesetting and the library of what was made."""
