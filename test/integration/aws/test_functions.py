"""Functions that are taken out of service and put back: the big red button, and what keeps a queue undisturbed."""
import io
import zipfile
from dataclasses import dataclass, replace
from typing import Any

import boto3
import pytest

from azul.aws.functions import LIMIT, Answering, Handling, Stoppable, paused
from azul.config import Config
from azul.errors import FunctionError
from azul.infra.functions import FUNCTIONS, function_name
from azul.infra.stoppage import CONCERNED, functions, without_functions
from azul.naming import QUEUES
from fixtures.scripts import Operate
from fixtures.toys import unique


@dataclass(frozen=True)
class Account:
    """With the functions of a deployment, and their queues."""
    config: Config

    def __post_init__(self) -> None:
        role = self.client('iam').create_role(RoleName=self.config.resource_prefix,
                                              AssumeRolePolicyDocument='{}')['Role']['Arn']
        for lambda_name, declarations in FUNCTIONS.items():
            for function, declared in declarations.items():
                name = function_name(self.config, lambda_name, function)
                made = self.lambdas.create_function(FunctionName=name, Runtime='python3.11', Role=role,
                                                    Handler='app.app', Code={'ZipFile': package()})
                if declared.queue:
                    queue = self.client('sqs').create_queue(QueueName=self.config.naming.queue(declared.queue))
                    arn = self.client('sqs').get_queue_attributes(
                        QueueUrl=queue['QueueUrl'], AttributeNames=['QueueArn'])['Attributes']['QueueArn']
                    # As Terraform does it
                    self.lambdas.create_event_source_mapping(FunctionName=made['FunctionArn'], EventSourceArn=arn)

    def client(self, service: str) -> Any:
        return boto3.client(service, endpoint_url=self.config.aws_endpoint, region_name=self.config.aws_region,
                            aws_access_key_id='none', aws_secret_access_key='none')

    @property
    def lambdas(self) -> Any:
        return self.client('lambda')

    def limit(self, name: str) -> int | None:
        limit: int | None = self.lambdas.get_function_concurrency(FunctionName=name).get('ReservedConcurrentExecutions')
        return limit

    @property
    def in_service(self) -> set[str]:
        """Functions that something comes of, by the names that we know them by."""
        return {f'{lambda_name}.{function}' for lambda_name, declarations in FUNCTIONS.items()
                for function, declared in declarations.items()
                if self._is_in_service(function_name(self.config, lambda_name, function), declared.queue is not None)}

    def _is_in_service(self, name: str, handles_messages: bool) -> bool:
        arn = self.lambdas.get_function_configuration(FunctionName=name)['FunctionArn']
        sources = self.lambdas.list_event_source_mappings(FunctionName=arn)['EventSourceMappings']
        assert bool(sources) == handles_messages
        return self.limit(name) != 0 and all(source['State'] == 'Enabled' for source in sources)


ALL = {f'{lambda_name}.{function}' for lambda_name, declarations in FUNCTIONS.items() for function in declarations}


def package() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, 'w') as archive:
        archive.writestr('app.py', '')
    return file.getvalue()


@pytest.fixture
def config(aws: str) -> Config:
    return Config(stage='test', project='toy', resource_prefix=unique('azul'), es_endpoint='nowhere:1',
                  dss_endpoint='http://nowhere.invalid/v1', aws_endpoint=aws)


@pytest.fixture
def account(config: Config) -> Account:
    return Account(config)


def test_the_button_takes_all_functions_out_of_service_and_puts_them_back(account: Account, operate: Operate):
    assert account.in_service == ALL
    told, _ = operate(account.config, 'enable_lambdas', '--disable')
    assert (told.count('is disabled'), account.in_service) == (len(ALL), set())
    told, _ = operate(account.config, 'enable_lambdas', '--enable')
    assert (told.count('is enabled'), account.in_service) == (len(ALL), ALL)


def test_it_may_be_pressed_twice(account: Account, operate: Operate):
    operate(account.config, 'enable_lambdas', '--disable')
    told, _ = operate(account.config, 'enable_lambdas', '--disable')
    assert told.count('was already disabled') == len(ALL)
    for _ in range(2):
        operate(account.config, 'enable_lambdas', '--enable')
    assert account.in_service == ALL


@pytest.mark.parametrize('limit', [None, 7])
def test_what_was_reserved_is_reserved_again(account: Account, limit: int | None):
    name = function_name(account.config, 'service', 'api_handler')
    if limit is not None:
        account.lambdas.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=limit)
    function = functions(account.config)['service', 'api_handler']
    assert function.disable()
    assert account.limit(name) == 0
    assert function.enable()
    assert account.limit(name) == limit
    arn = account.lambdas.get_function_configuration(FunctionName=name)['FunctionArn']
    assert LIMIT not in account.lambdas.list_tags(Resource=arn)['Tags']


def test_what_somebody_else_has_disabled_stays_so(account: Account):
    name = function_name(account.config, 'service', 'api_handler')
    account.lambdas.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    function = functions(account.config)['service', 'api_handler']
    assert not function.disable()
    assert not function.enable()
    assert account.limit(name) == 0


def test_functions_that_do_not_exist_are_in_nobodys_way(config: Config, operate: Operate):
    told, _ = operate(config, 'enable_lambdas', '--disable')
    assert told.count('does not exist') == len(ALL)


def test_a_laptop_has_no_functions(config: Config, queues: str, operate: Operate):
    told, _ = operate(replace(config, sqs_endpoint=queues), 'enable_lambdas', '--disable')
    assert 'no functions on a laptop' in told


def test_an_account_that_does_not_answer_is_told_for_each_function(config: Config, operate: Operate):
    told, faults = operate(replace(config, aws_endpoint='http://127.0.0.1:1'), 'enable_lambdas', '--disable', status=1)
    assert (told, faults.count('Could not connect')) == ('', len(ALL))


@pytest.mark.parametrize('queue', QUEUES)
def test_a_queue_is_undisturbed_while_it_is_wanted_so_and_no_longer(account: Account, queue):
    concerned = {f'{lambda_name}.{function}' for lambda_name, function in CONCERNED[queue]}
    with without_functions(account.config, [queue]):
        assert account.in_service == ALL - concerned
    assert account.in_service == ALL
    with pytest.raises(ZeroDivisionError), without_functions(account.config, [queue]):
        raise ZeroDivisionError
    assert account.in_service == ALL


def test_whoever_handles_messages_of_a_queue_is_concerned_with_it():
    for lambda_name, declarations in FUNCTIONS.items():
        for function, declared in declarations.items():
            assert declared.queue is None or (lambda_name, function) in CONCERNED[declared.queue]


def test_what_was_out_of_service_before_stays_so(account: Account):
    door = functions(account.config)['indexer', 'api_handler']
    assert door.disable()
    with without_functions(account.config, ['notifications']):
        assert account.in_service == ALL - {'indexer.api_handler', 'indexer.contribute'}
    assert account.in_service == ALL - {'indexer.api_handler'}


class Stubborn(Handling):
    """One that cannot be enabled any more."""

    def enable(self) -> bool:
        raise FunctionError(f'{self.name} is stubborn')


class Slow(Handling):
    """One that takes its time: it is between two states when it is looked at first."""

    def __init__(self, client: Any, name: str) -> None:
        super().__init__(Hesitant(client), name, interval=0.01)


class Hesitant:
    """A client of an account whose event sources are in no state at first, as those of AWS are not."""

    def __init__(self, client: Any) -> None:
        self._client, self.states = client, iter(['Creating', 'Enabling', 'Updating'] * 2)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def get_event_source_mapping(self, UUID: str) -> Any:  # noqa: N803
        source = self._client.get_event_source_mapping(UUID=UUID)
        return {**source, 'State': next(self.states, source['State'])}


def test_one_that_cannot_be_put_back_does_not_keep_the_others(account: Account):
    known = functions(account.config)
    name = function_name(account.config, 'indexer', 'contribute')
    chosen: list[Stoppable] = [Stubborn(account.lambdas, name), known['indexer', 'aggregate']]
    with pytest.raises(FunctionError, match='stubborn'), paused(chosen):
        pass
    assert account.in_service == ALL - {'indexer.contribute'}


def test_an_event_source_is_waited_for(account: Account):
    slow = Slow(account.lambdas, function_name(account.config, 'indexer', 'contribute'))
    assert slow.disable()
    assert account.in_service == ALL - {'indexer.contribute'}
    assert list(slow._client.states) == []


class Interrupted(Answering):
    """One at which we are interrupted between its tag and its limit."""

    def __init__(self, client: Any, name: str) -> None:
        super().__init__(Untouched(client), name)


class Untouched:
    """A client of an account in which no concurrency can be reserved."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def put_function_concurrency(self, **_: Any) -> None:
        raise KeyboardInterrupt


def test_one_that_is_half_disabled_is_put_back(account: Account):
    name = function_name(account.config, 'indexer', 'api_handler')
    with pytest.raises(KeyboardInterrupt), paused([Interrupted(account.lambdas, name)]):
        pass
    arn = account.lambdas.get_function_configuration(FunctionName=name)['FunctionArn']
    assert LIMIT not in account.lambdas.list_tags(Resource=arn)['Tags']
    assert account.in_service == ALL


def test_to_purge_a_queue_leaves_all_in_service_whether_or_not_it_succeeds(account: Account, operate: Operate):
    told, _ = operate(account.config, 'manage_queues', 'purge', 'tallies')
    assert ('is empty' in told, account.in_service) == (True, ALL)
    # The dead-letter queues are not there.
    _, fault = operate(account.config, 'manage_queues', 'purge_all', status=1)
    assert ('NonExistentQueue' in fault, account.in_service) == (True, ALL)
