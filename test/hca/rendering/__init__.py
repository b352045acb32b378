"""Documents as text for people to review: short, nothing said twice, and never the same for different documents.

    lines          what both have in common
    contributions  those of one bundle: its inner entities, once each, and which documents they are in
    rows           contributions that hold the metadata rows of bundles
    aggregates     all there are; a list of inner entities that several of them have is shown once

What is not as usual is shown as JSON, in full. So nothing can hide: not a member that documents did not have before,
not an inner entity that differs from its copies.
"""
from hca.rendering.aggregates import aggregates
from hca.rendering.contributions import contributions
from hca.rendering.lines import Document, text
from hca.rendering.rows import rows

__all__ = ['Document', 'aggregates', 'contributions', 'rows', 'text']
