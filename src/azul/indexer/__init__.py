"""The write side: from notifications to aggregates.

Where the rules of the protocol are kept::

    door          a notification is in the queue before it is answered 202
    generations   a message is applied to every generation, looked up anew before it is removed
    contribute    contributions are searchable before the ledger says so; tallies follow for all versions
    ledger        the commit point of every change, by compare-and-set; `deleted` is final
    aggregation   an aggregate is written only if it is the one that was read before its contributions

What becomes of messages that fail is in `azul.messaging`.
"""
