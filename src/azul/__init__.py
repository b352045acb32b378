"""Azul: metadata of bundles in, faceted search out.

The two ways of the data, and who walks them::

    DSS ── POST / or /delete (signed) ──▶ azul.indexer.door ──▶ notifications queue
      notifications ──▶ azul.indexer.contribute ──▶ contributions, ledger ──▶ tallies queue
      tallies       ──▶ azul.indexer.aggregation ──▶ aggregates

    UI ── GET /repository/files?filters=… ──▶ azul.service ──▶ engine (aggregates) ──▶ hits and facets

Imports go down only; a test enforces it::

    lambdas, scripts, terraform, azul.local, azul.infra
        azul.indexer | azul.service          effects: the write side, the read side; neither knows the other
            azul.http, azul.health           what both lambdas have in common, and azul.changelog
            azul.messaging                   messages of queues, and what is done with those that fail
            azul.dss, azul.engine, azul.aws  effects: foreign systems, their errors translated at the edge
            azul.plugin                      the contract of azul.projects.<name>, loaded and checked
                azul.index                   pure: bundles in, documents out
    azul.deployment                          the settings of who deploys; only the first line knows it
    azul.config, azul.naming, azul.errors    leaves: anyone may import them

What is specific to a project lives in `azul.projects.<name>` and is reached through `azul.plugin` alone.
"""
import pkgutil

# A plug-in may come from another distribution that has an `azul/projects/<name>` of its own, and no `azul/__init__.py`.
__path__ = pkgutil.extend_path(__path__, __name__)
