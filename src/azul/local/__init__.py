"""The laptop: everything that Azul needs around it in order to run on one machine without a cloud.

No lambda imports any of it.
"""
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2]
"""Of whatever is run as a process of its own."""
