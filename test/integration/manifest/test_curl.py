"""The manifest for `curl`: what it downloads are the files."""
import dataclasses
import subprocess
from pathlib import Path

import requests

from azul.local.store.server import serving
from azul.service.restriction import UNRESTRICTED
from fixtures.bundle_folder import VERSION, BundleFolder, entry
from fixtures.exports import ROUTE, exporting, token
from fixtures.lambdas import listening, loaded
from fixtures.shelf import aggregate
from fixtures.toys import new_uuid

SIZES = {'bear.png': 10, 'a "b" & c.png': 70_000, 'd\\e;.png': 3, 'store!x.png': 4, 'ä.png': 5, '../../out.png': 6}


def test_curl_downloads_all_files_with_nothing_but_the_manifest(engine: str, queues: str, aws: str, tmp_path: Path):
    folder, uuids = BundleFolder(tmp_path / 'bundles'), {name: new_uuid() for name in SIZES}
    folder.put(metadata={}, manifest=[entry(f'{uuid}.png', uuid=uuid, size=SIZES[name])
                                      for name, uuid in uuids.items()])
    with exporting(engine, queues, aws) as exports, serving(folder.path) as store:
        requests.post(f'{store}/_knobs', json={'redirects': 1}, timeout=10).raise_for_status()
        for name, uuid in uuids.items():
            picture = {'uuid': uuid, 'version': VERSION, 'name': name}
            exports.shelf.put(aggregate('pictures', new_uuid(), pictures=[picture]))
        settings = dataclasses.replace(exports.config, dss_endpoint=f'{store}/v1')
        with listening(loaded(settings)) as url:
            answer = exports.manifests.ask(UNRESTRICTED, {'format': 'curl'}, url, ROUTE)
            exports.work()
            answer = exports.manifests.ask(UNRESTRICTED, token(answer), url, ROUTE)
            (tmp_path / 'manifest').write_bytes(exports.download(answer).content)
            home = tmp_path / 'home'
            home.mkdir()
            command = ['curl', '--silent', '--show-error', '--noproxy', '*', '--config', '../manifest']
            subprocess.run(command, cwd=home, check=True, timeout=100)
            for path in home.rglob('*.png'):
                path.write_bytes(b'something else')
            # Again, as after an interruption
            subprocess.run(command, cwd=home, check=True, timeout=100)
            expected = sorted(
                requests.get(f'{store}/v1/files/{uuid}', params={'replica': 'aws'}, timeout=10).content
                for uuid in uuids.values()
            )
    files = [path for path in home.rglob('*') if path.is_file()]
    assert sorted(path.read_bytes() for path in files) == expected
    assert sorted(map(len, expected)) == sorted(SIZES.values())
    assert {'bear.png', 'out.png', 'x.png'} <= {path.name for path in files}
