"""What the plug-in must make of bundles, written from its specification alone: naive, slow, and without a look at it.

One bundle, as `RawBundle`, gives contributions (`contributions`) and the rows of the full manifest (`rows`), many give
aggregates (`aggregates`). Everything is plain JSON: an inner entity is a dict, a document a dict of lists of these.
Nothing here imports anything of the code that it is compared with, so that no fault can be in both for one reason.
"""
from hca.brute_force.aggregates import aggregates
from hca.brute_force.documents import contributions
from hca.brute_force.reading import RawBundle
from hca.brute_force.rows import rows

__all__ = ['RawBundle', 'aggregates', 'contributions', 'rows']
