"""`make subscribe` and `make unsubscribe` of a deployment that is selected, with what the HCA wants to hear of."""
from pathlib import Path

import requests

from azul.aws import clients
from azul.aws.secrets import Secret
from azul.config import Config
from azul.indexer import credentials
from azul.local.store.server import serving
from fixtures.bundle_folder import VERSION
from fixtures.callbacks import callbacks
from fixtures.checkout import Checkout
from fixtures.service_accounts import GoogleAccount
from fixtures.toys import unique

CLAIMS = 'https://auth.data.humancellatlas.org/'


def notified(store: str, kind: str, uuid: str) -> int:
    """How many notifications there are of such a bundle."""
    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(f'{store}/_notify', json={'uuid': uuid, 'version': VERSION, 'kind': kind}, timeout=10)
    number: int = answer.json()['notifications']
    return number


def test_the_sandbox_hears_of_the_bundles_that_it_indexes_until_it_is_unsubscribed(tmp_path: Path, aws: str):
    ours, other = '42cdef01-1111-4111-8111-111111111111', 'abcdef01-1111-4111-8111-111111111111'
    account = GoogleAccount('azul-indexer-sandbox@project.iam.gserviceaccount.com')
    bundles, checkout = tmp_path / 'bundles', tmp_path / 'checkout'
    bundles.mkdir()
    checkout.mkdir()
    with callbacks() as indexer, serving(bundles) as store:
        account.introduce(store, 'https://dev.data.humancellatlas.org/',
                          {f'{CLAIMS}group': 'hca', f'{CLAIMS}email': account.email})
        config = Config(stage=unique('test'), es_endpoint='nowhere:1', dss_endpoint=f'{store}/v1', aws_endpoint=aws)
        Secret(clients.secrets(config), config.naming.hmac_secret()).create(credentials.generated())
        Secret(clients.secrets(config), config.naming.google_secret()).create(account.key)

        azul = Checkout(checkout, plugins=tmp_path)
        azul.select('sandbox', AZUL_DEPLOYMENT_STAGE=config.stage, AZUL_AWS_ENDPOINT=aws, AZUL_INDEXER_URL=indexer.url,
                    AZUL_DSS_ENDPOINT=config.dss_endpoint, AZUL_ES_DOMAIN='azul-index-dev')
        assert '2 made, 0 deleted' in azul.does('make subscribe')
        for kind, path in ('add', '/'), ('delete', '/delete'):
            assert notified(store, kind, ours) == 1
            assert notified(store, kind, other) == 0
            assert indexer.wait(1).pop().path == path
            indexer.calls.clear()
        assert '0 made, 2 deleted' in azul.does('make unsubscribe')
        assert notified(store, 'add', ours) == 0
