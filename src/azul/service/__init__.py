"""The read side: faceted queries over aggregates, answered in the words of the API.

A query is composed of steps, each a function from a search to a search::

    request      what the caller wants, checked against the declarations of the plug-in
      filters      which entities          a step, for hits, facets and the summary
      page         which of them, in order a step, and the reading of the hits' positions
      facets       which terms they have   a step, and the reading of the buckets
      hits         what is shown of each   a step, and the rendering
    search       sends hits and facets as one request to one view of the indices, and puts the answer together
    summary      sends one search for each figure, likewise

Every search begins in `query.composed` with the live aggregates. No name of a field occurs here: all of them are the
plug-in's.
"""
