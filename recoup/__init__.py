"""Recoup from outside: the command line, the client library and the documents generated from code."""
