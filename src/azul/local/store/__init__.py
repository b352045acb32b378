"""The stand-in for the data store: serves a folder of bundles in the manner of the real one, which is retired.

    <uuid>.<version>/manifest.json           list of the bundle's files
    <uuid>.<version>/metadata/<name>.json    those of them that are metadata; the content of the others is invented
    <uuid>[.<version>].dead                  tombstone of a bundle, or of a version of it

Anything else in the folder is ignored, and nothing is ever written to it.

    folder, contents    what there is
    query               what of it a search or a subscription is about
    subscriptions       who wants to be notified; courier: notifies them; accounts: whose subscriptions these are
    knobs               how the store misbehaves on demand, as real ones do
    store               all of these together
    bundles, files, search, subscribing, control     the routes; server: serves them
    request, problem    what the routes share: reading requests, refusing them
"""
import sys
from pathlib import Path

from azul.local import SOURCES
from azul.local.process import Child, get
from azul.local.store.folder import Folder


def start_store(bundles: Path, port: int, run: Path) -> Child:
    """
    Start a store over a folder of bundles; wait for it with `Child.wait`.

    :param run: an existing folder
    :raises ConfigurationError: if the folder of bundles cannot be read
    """
    Folder(bundles)  # fails here rather than in a log
    command = [sys.executable, '-m', __name__, str(bundles.resolve()), str(port)]

    def ready(child: Child) -> bool:
        answer = get(child.url, '/internal/health')
        return answer is not None and answer.ok

    return Child('store', command, port=port, run=run, environment={'PYTHONPATH': str(SOURCES)}, ready=ready)
