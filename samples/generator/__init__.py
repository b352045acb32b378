"""Generates bundles: the collection of `samples/bundles`, and as many more as a benchmark wants.

How a bundle comes about, each arrow a module::

    vocabulary, people ──biomaterials, protocols, files──▶ entities of a study (studies, plans)
        ──experiments, recipes──▶ a graph (graph) ──layouts, forms──▶ metadata as of a release (releases)
        ──manifest──▶ manifest ──bundle──▶ GeneratedBundle ──write_all──▶ folder

What the bundles say is invented; how they say it (the properties of each schema, the links, the manifests of each era)
is not: `forms` and `releases` have it. Every run writes the same bytes: all choices are seeded by names (`chance`).
"""
from samples.generator.bundle import GeneratedBundle, write, write_all
from samples.generator.collection import collection
from samples.generator.scale import bundles, large, one_project

__all__ = ['GeneratedBundle', 'bundles', 'collection', 'large', 'one_project', 'write', 'write_all']
