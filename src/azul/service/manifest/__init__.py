"""Export manifests: what people take with them.

A manifest is made by a *job*, in steps that any worker can take, whoever took the ones before::

    request    what is wanted of /manifest/files, and the answers: wait and ask again, or here it is
      tokens     by which a caller asks again
    jobs       one for equal orders; from an order to a message in the queue, and what is known of the job
      state      what a worker needs in order to go on, an object beside the manifest
    worker     takes a step: reads some more of the view, writes a part of the manifest
      export     what a format makes of a view, a step at a time
        table      one row for each file and bundle: `tsv`
        metadata   one row for each file, with all metadata of its bundle: `full`
        listing    `curl` and `jsonl`
        walk       the way through the bundles, for tables that go by these
        text       lines of a table that every reader of tables can read
"""
