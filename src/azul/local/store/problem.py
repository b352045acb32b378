"""What the store answers with when it does not do what it is asked to."""
import traceback
from http import HTTPStatus

import orjson
from flask import Response
from werkzeug.exceptions import HTTPException


class Problem(Exception):
    """
    A request that is refused.

    :param code: what programs tell refusals apart by
    :param title: for people
    """

    def __init__(self, status: int, code: str, title: str) -> None:
        super().__init__(title)
        self.status, self.code, self.title = status, code, title


def not_found(title: str) -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, 'not_found', title)


def illegal(title: str) -> Problem:
    return Problem(HTTPStatus.BAD_REQUEST, 'illegal_arguments', title)


def answer(error: Exception) -> Response:
    """The answer to a request that ended in an error, be it a refusal or a fault of ours."""
    if isinstance(error, Problem):
        status, code, title = error.status, error.code, error.title
    elif isinstance(error, HTTPException):
        status, code, title = error.code or 500, error.name.lower().replace(' ', '_'), error.description or error.name
    else:
        status, code, title = 500, 'unhandled_exception', str(error)
    body = {'status': status, 'code': code, 'title': title}
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        body['stacktrace'] = ''.join(traceback.format_exception(error))
    return Response(orjson.dumps(body), status, content_type='application/problem+json')
