"""Dead letters, grouped by what they died of, and what can be done about them.

Nothing is done to a letter that is only looked at. To replay one, its message is sent to the queue that it came from,
and only then the letter is removed: who is killed in between leaves both, which messages are made to endure.
"""
import hashlib
import logging
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Literal

from azul.aws.sqs import MAX_BATCH, Received
from azul.errors import AzulError, ConfigurationError, MessageError
from azul.index.bundle import is_uuid
from azul.indexer.messages import Notification, Tally
from azul.indexer.notification_worker import NotificationWorker
from azul.indexer.scan import slices
from azul.indexer.tally_worker import TallyWorker
from azul.messaging.messages import DeadLetter, decode

log = logging.getLogger(__name__)

Source = Literal['notifications', 'tallies']
SOURCES: tuple[Source, ...] = ('notifications', 'tallies')

PAGE = 500
"""Ledger entries that are read at a time."""

NO_CAUSE = 'died without a cause'
NOT_OURS = 'no message of ours'

_VARIABLE = re.compile(r'[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
                       r'|\b0x[0-9a-fA-F]+'
                       r'|\b(?=[a-fA-F]*[0-9])[0-9a-fA-F]{12,}\b'
                       r'|\d[\d.:TZ]*\d|\d')
"""What differs between texts that say the same: uuids, addresses of objects (in the texts of those who talk HTTP for
us), checksums, and numbers, versions and times among them."""


@dataclass
class Letter:
    """
    :param source: the queue whose message died
    :param letter: None if the queue itself moved the message, or if it is none of ours
    :param half_done: whether the ledger has the effect of the message, so that only what follows it may have failed
    """
    source: Source
    received: Received
    letter: DeadLetter | None
    half_done: bool = False
    removed: bool = False

    @property
    def body(self) -> str:
        """Of the message that died."""
        return self.received.body if self.letter is None else self.letter.message

    @cached_property
    def message(self) -> Notification | Tally | None:
        """None if it is none of ours, or of another version."""
        try:
            return decode(Notification, self.body) if self.source == 'notifications' else decode(Tally, self.body)
        except MessageError:
            return None

    @property
    def subject(self) -> str:
        """The bundle or the entities that it is about; empty if that cannot be told."""
        message = self.message
        if message is None:
            return ''
        if isinstance(message, Notification):
            return str(message.bundle)
        entities = [str(entity) for entity in message.tallied]
        return f'{entities[0]} and {len(entities) - 1} more' if len(entities) > 1 else ''.join(entities)

    @property
    def cause(self) -> tuple[str, str]:
        """Type and text."""
        if self.letter is not None:
            return self.letter.cause.type, self.letter.cause.text
        return (NOT_OURS if self.message is None else NO_CAUSE), ''

    @property
    def time(self) -> str:
        """When it was sent."""
        return datetime.fromtimestamp(self.received.sent, UTC).strftime('%Y-%m-%d %H:%M:%S')

    @property
    def replayable(self) -> bool:
        return bool(self.body) and (self.letter is not None or self.message is not None)

    @property
    def ours(self) -> bool:
        return self.message is not None and self.cause[0] != MessageError.__name__


@dataclass(frozen=True)
class Group:
    """Letters that died of the same.

    :param text: of the cause, without what differs between them
    :param letters: the oldest first, at least one
    """
    source: Source
    half_done: bool
    type: str
    text: str
    letters: list[Letter] = field(default_factory=list)

    @property
    def id(self) -> str:
        """Stays the same, whatever other letters come or go."""
        key = repr((self.source, self.half_done, self.type, self.text))
        return hashlib.sha256(key.encode()).hexdigest()[:6]


@dataclass(frozen=True)
class Triage:
    notifications: NotificationWorker
    tallies: TallyWorker

    @contextmanager
    def groups(self, sources: Collection[Source]) -> Iterator[list[Group]]:
        """
        The dead letters, hidden from others until the end or, if we are killed, for some minutes.

        Those come first of which the ledger says that nothing is wrong, although something may be. If it cannot be read
        they are among the others: letters matter most when nothing else works.
        """
        letters: list[Letter] = []
        try:
            for source in sources:
                received = self._worker(source).inbox.failed.receive_all()
                letters += [Letter(source, message, _opened(message.body)) for message in received]
            try:
                self._look_up(letters)
            except AzulError as error:
                log.warning('Cannot tell messages that are half done from others, the ledger cannot be read: %s', error)
            yield _grouped(letters)
        finally:
            for source in sources:
                self._worker(source).inbox.failed.release(
                    letter.received for letter in letters if letter.source == source and not letter.removed
                )

    def run(self, letter: Letter) -> None:
        """
        Do here and now what the message says, with all its effects but on the queue it is in.

        :raises Exception: what it died of, if it still does
        """
        self._worker(letter.source).run(letter.body)

    def replay(self, group: Group) -> int:
        """
        Send the messages of a group to the queue that they came from, and remove the letters.

        :return: the number of messages
        :raises ConfigurationError: if the letters are no messages of ours
        """
        if not all(letter.replayable for letter in group.letters):
            raise ConfigurationError(f'Group {group.id}', ['its letters have no message that could be replayed'])
        inbox = self._worker(group.source).inbox
        for batch in slices(group.letters, MAX_BATCH):
            inbox.queue.send(letter.body for letter in batch)
            self._remove(batch)
        return len(group.letters)

    def drop(self, group: Group) -> int:
        """
        Remove the letters of a group, for good.

        :return: the number of letters
        :raises ConfigurationError: if they are messages of ours, without which the indices might stay wrong
        """
        if any(letter.ours for letter in group.letters):
            raise ConfigurationError(f'Group {group.id}', ['only what is no message of ours can be dropped'])
        for batch in slices(group.letters, MAX_BATCH):
            self._remove(batch)
        return len(group.letters)

    def _remove(self, letters: Sequence[Letter]) -> None:
        """
        :param letters: of one source
        """
        self._worker(letters[0].source).inbox.failed.remove(letter.received for letter in letters)
        for letter in letters:
            letter.removed = True

    def _worker(self, source: Source) -> NotificationWorker | TallyWorker:
        return self.notifications if source == 'notifications' else self.tallies

    def _look_up(self, letters: Sequence[Letter]) -> None:
        """Tell the letters whose effect is in the ledger of any generation."""
        about = [(letter, letter.message) for letter in letters
                 if isinstance(letter.message, Notification) and is_uuid(letter.message.bundle_uuid)]
        if not about:
            return
        contributor = self.notifications.contributor
        for generation in contributor.generations.writable():
            ledger = contributor.ledger(generation)
            for start in range(0, len(about), PAGE):
                page = about[start:start + PAGE]
                entries = ledger.read(message.bundle_uuid for _, message in page)
                for letter, message in page:
                    state = entries[message.bundle_uuid].state(message.bundle_version)
                    letter.half_done |= state == {'add': 'added', 'delete': 'deleted'}[message.action]


def _opened(body: str) -> DeadLetter | None:
    try:
        return decode(DeadLetter, body)
    except MessageError:
        return None


def _grouped(letters: Collection[Letter]) -> list[Group]:
    groups: dict[str, Group] = {}
    for letter in letters:
        kind, text = letter.cause
        group = Group(letter.source, letter.half_done, kind, masked(text, letter.message))
        groups.setdefault(group.id, group).letters.append(letter)
    return sorted(groups.values(), key=lambda group: (not group.half_done, -len(group.letters), group.id))


def masked(text: str, message: Notification | Tally | None) -> str:
    """A text without what is about one bundle, entity or moment only.

    :param message: that it is about
    """
    known = ([] if message is None else
             [message.bundle_uuid, message.bundle_version] if isinstance(message, Notification) else
             [entity_id for _, entity_id in message.tallied])
    for name in known:
        # Not as a part of another word: an id may be as short as `a`.
        text = re.sub(rf'(?<![\w-]){re.escape(name)}(?![\w-])', '#', text)
    return _VARIABLE.sub('#', text)
