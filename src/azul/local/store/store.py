"""The parts of the store, and what concerns more than one of them."""
from datetime import UTC, datetime
from pathlib import Path

from azul.index.bundle import BundleFQID
from azul.local.store.accounts import Accounts
from azul.local.store.contents import Contents
from azul.local.store.courier import Courier
from azul.local.store.folder import Folder
from azul.local.store.knobs import Knobs
from azul.local.store.subscriptions import Subscriptions


class Store:
    """
    :param bundles: the folder
    :raises ConfigurationError: if it cannot be read
    """

    def __init__(self, bundles: Path) -> None:
        self.folder = Folder(bundles)
        self.contents = Contents(self.folder)
        self.accounts = Accounts()
        self.subscriptions = Subscriptions()
        self.knobs = Knobs()
        self.courier = Courier(self.knobs)

    def notify(self, bundle: BundleFQID, *, deleted: bool) -> int:
        """Have everyone notified who wants to be.

        :return: how many these are
        """
        interested = [subscription for subscription in self.subscriptions.all() if subscription.wants(bundle, deleted)]
        for subscription in interested:
            self.courier.send(subscription, bundle)
        return len(interested)


def version_now() -> str:
    return datetime.now(UTC).strftime('%Y-%m-%dT%H%M%S.%fZ')
