"""The read side: faceted queries over aggregates, answered in the words of the API.

A query is composed of steps, each a function from a search to a search::

    request      what the caller wants, checked against the declarations of the plug-in
      filters      which entities               a step, for hits, facets and the summary
      page         which of these, in order     a step, and the reading of the hits' positions
      facets       which terms they have        a step, and the reading of the buckets
      hits         what is shown of each        a step, and the rendering
    query        the composition
    indices      which indices serve right now; asked once per request
    search       sends hits and facets as one request, and puts the answer together
    summary      sends a search for each figure as one request, likewise
    integrations what other sites offer for entities
    discovery    what there is to be asked for
    openapi      all of this, described
    auth         who asks
    restriction  what they may see               a step, before all others

Every search begins in `query.composed` with those of the live aggregates that the caller may see. No name of a field
occurs here: all of them are the plug-in's.
"""
