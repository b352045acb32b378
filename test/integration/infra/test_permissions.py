"""Whether each function may do what it does, and nothing else. All five are run, each by itself, on a real engine and
real queues, and what they ask for is compared with their policies.
"""
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from azul.config import Config
from azul.infra import engine as domain
from azul.infra.functions import FUNCTIONS, function_name
from azul.infra.policies import policy
from azul.local.ports import HOST, free_port
from azul.local.store import start_store
from fixtures.exercised import BOX, EACH, Laptop, Name, laptop
from fixtures.recorded import ACCOUNT, Allowance, Call, allowances, allows, resolved, superfluous
from fixtures.toys import unique, write

SETTINGS: Mapping[str, Mapping[str, Any]] = {
    'with as little as possible': {},
    'with all there is': {'sync': True, 'redirect_domain': f'{unique("url")}.invalid',
                          'redirect_hosts': 'example.org'},
}
"""Those that policies depend on."""


@pytest.fixture(scope='module', params=SETTINGS)
def used(request: pytest.FixtureRequest, engine: str, queues: str, aws: str, tmp_path_factory: pytest.TempPathFactory
         ) -> Iterator[Laptop]:
    folder, prefix = tmp_path_factory.mktemp('bundles'), unique('azul')
    write(folder, BOX)
    with start_store(folder, free_port(), tmp_path_factory.mktemp('store')) as store:
        config = Config(stage='test', project='toy', resource_prefix=prefix, index_prefix=prefix, es_endpoint=engine,
                        sqs_endpoint=queues, aws_endpoint=aws, dss_endpoint=f'{store.wait().url}/v1',
                        indexer_url=f'http://{HOST}:{free_port()}', service_url=f'http://{HOST}:{free_port()}',
                        retry_delay=0, max_attempts=3, visibility=60, **SETTINGS[request.param])
        with laptop(config) as used:
            yield used


def declared(used: Laptop, name: Name) -> Any:
    """The policy of a function in an account."""
    return json.loads(resolved(used.deployment, policy(used.deployment, *name)))


def done(used: Laptop, name: Name) -> set[Call]:
    """What a function did."""
    arn = domain.arn(used.deployment)
    assert arn is not None
    return set(used.functions[name].calls(resolved(used.deployment, arn)))


def done_by_others(used: Laptop, name: Name) -> dict[Allowance, str]:
    """What services of AWS do in the name of a function, with what that is for: it is not seen here."""
    config, function = used.config, FUNCTIONS[name[0]][name[1]]
    log = f'arn:aws:logs:{ACCOUNT}:log-group:/aws/lambda/{function_name(config, *name)}:*'
    allowances = {(f'logs:{action}', log): 'Lambda writes the log' for action in ('CreateLogStream', 'PutLogEvents')}
    if function.queue is not None:
        queue = f'arn:aws:sqs:{ACCOUNT}:{config.naming.queue(function.queue)}'
        allowances |= {('sqs:ReceiveMessage', queue): 'the event source gets messages',
                       ('sqs:DeleteMessage', queue): 'the event source removes those that are done with',
                       ('sqs:GetQueueAttributes', queue): 'the event source wants to know whether there are any'}
    return allowances


@pytest.mark.parametrize('name', EACH, ids='-'.join)
def test_each_function_may_do_all_that_it_does(used: Laptop, name: Name):
    calls = done(used, name)
    assert len(calls) > 5
    assert {call for call in calls if not allows(declared(used, name), call)} == set()


@pytest.mark.parametrize('name', EACH, ids='-'.join)
def test_no_function_may_do_what_it_never_does(used: Laptop, name: Name):
    assert superfluous(declared(used, name), done(used, name)) - done_by_others(used, name).keys() == set()


@pytest.mark.parametrize('name', EACH, ids='-'.join)
def test_each_function_allows_what_is_done_in_its_name(used: Laptop, name: Name):
    assert done_by_others(used, name).keys() <= allowances(declared(used, name))
