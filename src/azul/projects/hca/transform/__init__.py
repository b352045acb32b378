"""From a bundle to contributions.

    inner      what documents say of one entity: its inner entity
    contents   which inner entities the document of an entity contains
    rows       the table of all metadata
    documents  of which entities there are documents
"""
from azul.projects.hca.transform.documents import transform

__all__ = ['transform']
