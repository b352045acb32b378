"""The page at `/swagger`, where people read the description of the API and try it out: Swagger UI, from our own origin.

It comes with the distribution `flask-swagger-ui`. Only its files are of use to us; nothing of it is imported, so that
Flask, which it is made for, is not either.
"""
import importlib.util
from functools import cache
from pathlib import Path

from chalice.app import Response

from azul.errors import NotFound

PACKAGE = 'flask_swagger_ui'

FILES = {'swagger-ui.css': 'text/css', 'swagger-ui-bundle.js': 'text/javascript'}
"""Those that the page needs, with their types. Of maps of their sources there are none."""

# The description is where it is seen from the script, whatever the path of the page: with a slash at the end or not,
# with the stage of a gateway in front or not.
START = """\
'use strict';
window.ui = SwaggerUIBundle({
  url: new URL('../openapi', document.currentScript.src).href,
  dom_id: '#ui',
  deepLinking: true,
  validatorUrl: null
});
"""

POLICY = '; '.join([
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
])
"""Nothing comes from anywhere else, and nothing goes there."""

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Azul</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{folder}swagger-ui.css">
</head>
<body>
<div id="ui"></div>
<script src="{folder}swagger-ui-bundle.js"></script>
<script src="{folder}start.js"></script>
</body>
</html>
"""


def page(path: str) -> Response:
    """
    :param path: by which it was asked for: links are relative to that
    """
    text = PAGE.format(folder='' if path.endswith('/') else 'swagger/')
    return _answer(text, 'text/html', {'Content-Security-Policy': POLICY})


def file(name: str) -> Response:
    """
    A part of the page.

    :raises NotFound: if it has no such part
    """
    if name == 'start.js':
        return _answer(START, 'text/javascript', {})
    if name not in FILES:
        raise NotFound(f'There is no file {name:.100}.', [*FILES, 'start.js'])
    return _answer(_text(name), FILES[name], {})


@cache
def _text(name: str) -> str:
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    folder, = spec.submodule_search_locations
    return (Path(folder) / 'dist' / name).read_text(encoding='utf-8')


def _answer(text: str, content_type: str, headers: dict[str, str]) -> Response:
    return Response(text, {'Content-Type': f'{content_type}; charset=utf-8', 'X-Content-Type-Options': 'nosniff',
                           **headers}, 200)
