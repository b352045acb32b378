"""Bundles in, documents out: everything here is pure, with no I/O and no clock."""
