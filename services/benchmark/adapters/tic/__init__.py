"""Transparency in Coverage files (45 CFR 147.212, 2590.715-2715A3; CMS schemas 1.x and 2.x), streamed.

In-network rates become median contracted rates, allowed amounts become percentiles of what the payer allowed others out
of network, and a table of contents names the files. They run to hundreds of gigabytes, so nothing is ever held whole.
"""
