"""The plug-in for placeholder: README.md says what is where, and what to do next.

    declarations  what the documents contain, how it aggregates, and by which names callers know it
    transform     a bundle → contributions
    subscription  of which bundles the data store is to tell
"""
from azul.plugin import Plugin
from azul.projects.placeholder.declarations import FACETS, MANIFEST, SCHEMA, SUMMARY
from azul.projects.placeholder.subscription import additions, deletions
from azul.projects.placeholder.transform import transform

plugin = Plugin(
    name='placeholder',
    version=1,
    schema=SCHEMA,
    facets=FACETS,
    summary=SUMMARY,
    transform=transform,
    additions_query=additions,
    deletions_query=deletions,
    manifest=MANIFEST,
    highlights=('kind', 'fileFormat'),
)
