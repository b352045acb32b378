"""Reading requests."""
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Response, request

from azul.index.bundle import JSON
from azul.local.store.problem import illegal

REPLICAS = ('aws', 'gcp')

MAX_PER_PAGE = 500


def body() -> JSON:
    """
    :raises Problem: unless it is a JSON object
    """
    content: Any = request.get_json(force=True, silent=True)
    if not isinstance(content, dict):
        raise illegal('The body must be a JSON object')
    return content


def require_replica() -> None:
    """
    :raises Problem: unless there is one; not that it made a difference here
    """
    if request.args.get('replica') not in REPLICAS:
        raise illegal(f'replica must be one of {", ".join(REPLICAS)}')


def flag(name: str) -> bool:
    return request.args.get(name, 'false').lower() in ('true', '1')


def per_page(default: int, limit: int) -> int:
    """
    :param limit: a knob; 0 for none
    """
    text = request.args.get('per_page', str(default))
    # A real store insists on ten at least.
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MAX_PER_PAGE:
        raise illegal(f'per_page must be a number from 1 to {MAX_PER_PAGE}')
    return min(int(text), limit or MAX_PER_PAGE)


def page(content: JSON, key: str, following: dict[str, str] | None, quote: str) -> Response:
    """
    One of several pages.

    :param key: of the list that continues on the next page
    :param following: the parameters that lead to the next page, on top of those that led here; None on the last one
    :param quote: there are two kinds of them in use
    """
    response = Response(orjson.dumps(content), 200 if following is None else 206, content_type='application/json')
    response.headers['X-OpenAPI-Pagination'] = str(following is not None).lower()
    response.headers['X-OpenAPI-Paginated-Content-Key'] = key
    if following is not None:
        response.headers['Link'] = f'<{link(following)}>; rel={quote}next{quote}'
    return response


def link(changes: dict[str, str]) -> str:
    """The URL of this request, with other parameters."""
    return f'{request.base_url}?{urlencode({**request.args.to_dict(), **changes})}'
