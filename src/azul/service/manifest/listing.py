"""Manifests that list entities one by one: for other programs, and for `curl`."""
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

import orjson

from azul.engine.view import View
from azul.index.bundle import JSON
from azul.index.fields import FileLink
from azul.service.files.links import download_url
from azul.service.hits import Hits
from azul.service.manifest.export import PAGE, Order, Step

Render = Callable[[JSON], Iterator[str]]
"""From a document to lines."""


@dataclass(frozen=True)
class Listing:
    """
    :param entity_type: that is listed
    :param source: what is read of its documents
    :param head: what the file begins with
    """
    order: Order
    entity_type: str
    source: list[str] | JSON
    render: Render
    head: str = ''

    def step(self, view: View, memo: JSON) -> Step:
        body = {'query': self.order.query, '_source': self.source}
        page = view.page(self.order.indices[self.entity_type], body, PAGE, memo.get('cursor'))
        lines = [each for hit in page.hits for each in self.render(hit['_source'])]
        head = '' if memo else self.head
        return Step((head + ''.join(lines)).encode(), len(page.hits), page.memo, page.total)


def json_lines(order: Order, hits: Hits) -> Listing:
    """One entity per line, as the service shows it where it is asked for alone."""
    def render(source: JSON) -> Iterator[str]:
        yield orjson.dumps(hits.hit(source, order.base_url)).decode() + '\n'

    return Listing(order, hits.entity_type.name, hits.source, render)


def curl(order: Order, entity_type: str, inner: str, link: FileLink) -> Listing:
    """
    A configuration file of `curl` that downloads each file into the folder of its bundle, of the first one if there are
    several.

    :param inner: the type of inner entity that is a file
    """
    name = link.name or link.uuid

    def render(source: JSON) -> Iterator[str]:
        for file in source.get('contents', {}).get(inner, ()):
            if file.get(link.uuid) is not None:
                url = download_url(order.base_url, file[link.uuid], file.get(link.version), file.get(name))
                path = _path(source['bundles'][0]['uuid'], file.get(name) or file[link.uuid])
                yield f'url={_quoted(url)}\noutput={_quoted(path)}\n\n'

    fields = {link.uuid, link.version, name}
    return Listing(order, entity_type, ['bundles', *sorted(f'contents.{inner}.{each}' for each in fields)], render,
                   head='# curl --config FILE\n--create-dirs\n--fail\n--location\n'
                        '--retry 10\n--retry-delay 10\n\n')


_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]')


def _path(folder: str, name: str) -> str:
    """Below the folder, whatever the name is, on all operating systems."""
    parts = [_FORBIDDEN.sub('_', part) for part in PurePosixPath(name.replace('!', '/')).parts]
    return '/'.join([folder, *(part for part in parts if part not in ('/', '.', '..'))])


def _quoted(text: str) -> str:
    escaped = text.replace('\\', '\\\\').replace('"', '\\"')
    return f'"{escaped}"'
