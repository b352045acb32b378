"""The description of the API, in OpenAPI 3.1, and a page where people can read it and try it out::

    answers     what each route answers, from the declarations of the plug-in
    document    the description, of what the routes say of themselves
    swagger     the page

Whoever calls us by the document is told neither too much nor too little: tests hold real answers against it, whose
objects are all closed.
"""
