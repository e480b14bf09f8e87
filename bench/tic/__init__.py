"""Transparency in Coverage files: this project and its peers in one run."""
