"""The metadata of a bundle of the Human Cell Atlas, in whichever layout and schema version, as one graph of entities.

`model.Metadata.of` reads a bundle once; nothing else in the plug-in looks at metadata files::

    layout      metadata files → entities, each with kind, schema and id
    links       links.json → edges between them
    graph       the edges, and the walks along them
    stores      folders of files that together are one matrix
    model       all of it, and which file metadata fits which file of the manifest
    properties  the content of an entity, under all names and in all forms that its schemas ever had
    age         the ages of donors as ranges of seconds
    oddities    what is wrong with a bundle without keeping it from being indexed

No published library models these schemas any more, hence a model of our own: only as much of it as the index needs.
"""
