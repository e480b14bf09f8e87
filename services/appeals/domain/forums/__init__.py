"""The forums in which a claim is pursued: one folder each, named once in `registry.py`.

Everything that only one forum knows is in its folder: its steps, its limits and deadlines, what it needs before a
filing, what an answer leads to, its tasks, and what its papers are made of. `protocol.py` is what the engine may ask.
"""
