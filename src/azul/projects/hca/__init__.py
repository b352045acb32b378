"""The plug-in for the Human Cell Atlas.

    metadata      a bundle's metadata files, of all layouts and schema versions → one graph of entities
    transform     the graph → contributions
    fields        what these contain, how it aggregates, and by which names callers know it
    manifest      the columns of the table that people take with them
    subscription  of which bundles the data store is to tell
"""
from azul.plugin import Breakdown, DistinctTotal, Plugin, SumTotal, Terms, Total
from azul.projects.hca.fields import FACETS, SCHEMA
from azul.projects.hca.manifest import MANIFEST
from azul.projects.hca.subscription import additions, deletions
from azul.projects.hca.transform import transform

plugin = Plugin(
    name='hca',
    version=2,
    schema=SCHEMA,
    facets=FACETS,
    summary=(
        SumTotal('totalFileSize', 'files', 'fileSize'),
        Breakdown('fileTypeSummaries', 'files', 'fileFormat', term='fileType', count='count', total='totalSize',
                  summed='fileSize', nulls=False),
        Total('fileCount', 'files'),
        Terms('organTypes', 'samples', 'effectiveOrgan'),
        DistinctTotal('donorCount', 'samples', 'donorId'),
        DistinctTotal('specimenCount', 'samples', 'specimenId'),
        Total('projectCount', 'projects'),
        DistinctTotal('labCount', 'projects', 'laboratory'),
        SumTotal('totalCellCount', 'cell_suspensions', 'cellCount'),
        Breakdown('cellCountSummaries', 'cell_suspensions', 'cellSuspensionOrgan', term='organType',
                  count='countOfDocsWithOrganType', total='totalCellCountByOrgan', summed='cellCount', nulls=True,
                  wrapped=True, number='float'),
    ),
    manifest=MANIFEST,
    aliases={'projectShortname': 'project'},
    highlights=('organ', 'fileFormat'),
    transform=transform,
    additions_query=additions,
    deletions_query=deletions,
)
