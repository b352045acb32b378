"""Files: the service has none, but knows which there are, who may have them, and whom to ask for them::

    lookup     a file by its uuid, among what the caller may see
    store      where the data store has it: the waiting, and what goes wrong there
    proxy      the answers of /dss/files: wait and ask again, or here it is
    links      to what the proxy answers
    drs        files as objects of the standard GA4GH DRS
    dos        likewise, of the one before it
    ga4gh      what both say of themselves
"""
