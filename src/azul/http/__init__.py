"""What both lambdas have in common as HTTP servers::

    parameters      of a request, from its query or its body, checked against what a route declares
    app             views, their answers and errors, and what every answer carries
    revalidation    whether the caller has the answer already
"""
from azul.http.app import CORS, MAX_ANSWER, RETRY_AFTER, App, answer
from azul.http.parameters import NotJSON, Parameters, parse_json

__all__ = ['CORS', 'MAX_ANSWER', 'RETRY_AFTER', 'App', 'NotJSON', 'Parameters', 'answer', 'parse_json']
