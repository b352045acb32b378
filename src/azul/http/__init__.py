"""What both lambdas have in common as HTTP servers::

    declared        what a route says of itself: its parameters, its answers
    parameters      of a request, from its query or its body, checked against what a route declares
    app             views, their answers and errors, and what every answer carries
    revalidation    whether the caller has the answer already
"""
from azul.http.app import CORS, MAX_ANSWER, RETRY_AFTER, App, answer
from azul.http.declared import Answer, Answers, Operation, Parameters
from azul.http.parameters import NotJSON, parse_json

__all__ = ['CORS', 'MAX_ANSWER', 'RETRY_AFTER', 'Answer', 'Answers', 'App', 'NotJSON', 'Operation', 'Parameters',
           'answer', 'parse_json']
