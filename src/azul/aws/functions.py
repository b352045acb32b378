"""Functions that are taken out of service for a while, and put back as they were.

There are two ways, as there are two kinds of functions. One that answers requests is given no concurrency: requests are
refused at once, and those under way are finished. One that handles messages loses its event sources: without
concurrency it would still be handed messages, and each time that would count as an attempt at them.
"""
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from azul.errors import FunctionError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import EventSourceMappingConfigurationResponseTypeDef as Source

LIMIT = 'azul-original-concurrency-limit'
"""Tag of a function that is disabled: the concurrency that was reserved for it before."""

NONE = 'None'
"""Its value if there was none reserved."""

PATIENCE = 300
"""Seconds that an event source may take to get from one state to the other; it usually takes less than one minute."""


class Stoppable(Protocol):
    """A function by its name. One that does not exist is neither disabled nor enabled."""

    @property
    def name(self) -> str: ...

    def disable(self) -> bool:
        """
        :return: whether it was enabled
        :raises FunctionError:
        """

    def enable(self) -> bool:
        """
        :return: whether it was disabled
        :raises FunctionError:
        """


class Answering:
    """One that answers requests."""

    def __init__(self, client: 'LambdaClient', name: str) -> None:
        self._client, self.name = client, name

    def disable(self) -> bool:
        with _translated(self.name):
            arn = _arn(self._client, self.name)
            if arn is None:
                return False
            reserved = self._client.get_function_concurrency(FunctionName=self.name)
            limit = reserved.get('ReservedConcurrentExecutions')
            if limit == 0:
                return False
            # The tag first: whoever is interrupted here can still enable the function, and not only disable it.
            self._client.tag_resource(Resource=arn, Tags={LIMIT: NONE if limit is None else str(limit)})
            self._client.put_function_concurrency(FunctionName=self.name, ReservedConcurrentExecutions=0)
        return True

    def enable(self) -> bool:
        with _translated(self.name):
            arn = _arn(self._client, self.name)
            limit = None if arn is None else self._client.list_tags(Resource=arn)['Tags'].get(LIMIT)
            if arn is None or limit is None:
                return False
            if limit == NONE:
                self._client.delete_function_concurrency(FunctionName=self.name)
            else:
                self._client.put_function_concurrency(FunctionName=self.name, ReservedConcurrentExecutions=int(limit))
            self._client.untag_resource(Resource=arn, TagKeys=[LIMIT])
        return True


class Handling:
    """
    One that handles messages.

    :param interval: seconds after which it is looked again whether an event source has changed its state
    """

    def __init__(self, client: 'LambdaClient', name: str, interval: float = 3) -> None:
        self._client, self.name, self._interval = client, name, interval

    def disable(self) -> bool:
        return self._turn('Disabled')

    def enable(self) -> bool:
        return self._turn('Enabled')

    def _turn(self, state: str) -> bool:
        """
        :return: whether it was in the other state
        """
        with _translated(self.name):
            arn = _arn(self._client, self.name)
            if arn is None:
                return False
            turned = [source for source in map(self._settled, self._sources(arn)) if source['State'] != state]
            # All at once, then wait
            for source in turned:
                self._client.update_event_source_mapping(UUID=source['UUID'], Enabled=state == 'Enabled')
            for source in turned:
                self._settled(source['UUID'])
        return bool(turned)

    def _sources(self, arn: str) -> Iterator[str]:
        # To AWS the name would be the same; the stand-in has them by what they were made with, which is the ARN.
        for page in self._client.get_paginator('list_event_source_mappings').paginate(FunctionName=arn):
            for source in page['EventSourceMappings']:
                yield source['UUID']

    def _settled(self, uuid: str) -> 'Source':
        """An event source as soon as it is in one of the two states: in all others it cannot be changed."""
        deadline = time.monotonic() + PATIENCE
        while True:
            source = self._client.get_event_source_mapping(UUID=uuid)
            if source['State'] in ('Enabled', 'Disabled'):
                return source
            if time.monotonic() > deadline:
                raise FunctionError(f'function {self.name}: an event source is still {source["State"]} '
                                    f'after {PATIENCE} s')
            time.sleep(self._interval)


@contextmanager
def paused(functions: Sequence[Stoppable]) -> Iterator[None]:
    """
    Out of service are all that were not before; afterwards these are enabled again, whatever has happened.

    :raises FunctionError: if one cannot be disabled; or enabled again, but not before the others have been
    """
    disabled: list[Stoppable] = []
    try:
        for function in functions:
            # One that is half disabled as well
            disabled.append(function)
            if not function.disable():
                disabled.remove(function)
        yield
    finally:
        faults = []
        for function in disabled:
            try:
                function.enable()
            except FunctionError as error:
                faults.append(str(error))
        if faults:
            raise FunctionError('; '.join(faults))


def _arn(client: 'LambdaClient', name: str) -> str | None:
    try:
        return client.get_function_configuration(FunctionName=name)['FunctionArn']
    except client.exceptions.ResourceNotFoundException:
        return None


@contextmanager
def _translated(name: str) -> Iterator[None]:
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        raise FunctionError(f'function {name}: {error}') from error
